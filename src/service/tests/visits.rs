//! Visitors get a user and a token of their own.

use super::*;

on_both!(
    visits_have_their_own_user_token_and_secret,
    visits_are_limited_by_address_and_in_total,
    a_platform_that_is_down_refuses_visits_and_leaves_nothing_behind,
    the_support_users_token_is_for_the_support_user_only,
);

fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let body = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

async fn visits_have_their_own_user_token_and_secret(db: Database) {
    let world = World::new(db).await;
    world.makes_users().await;
    let one = world.services.visits.start_visit(home()).await.unwrap();
    let other = world.services.visits.start_visit(home()).await.unwrap();
    assert_ne!((&one.user, &one.secret), (&other.user, &other.secret));
    let claims = claims(&one.jwt);
    assert_eq!(
        (claims["sub"].as_str(), one.user.as_str()),
        (Some(one.user.as_str()), format!("visitor-{}", one.id).as_str())
    );
    assert_eq!(claims["exp"].as_i64().unwrap() * 1000, one.expires_at_ms);
    assert_eq!(one.expires_at_ms - world.services.now_ms(), 15 * 60 * 1000);
    let paths: Vec<&str> = claims["acl"]["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut allowed = VISITOR_ACL.to_vec();
    allowed.sort_unstable();
    assert_eq!(paths, allowed);
    assert!(world.services.visits.visit_opens(&one.id, &one.secret).await.unwrap().is_some());
    for (id, secret) in
        [(&one.id, &other.secret), (&other.id, &one.secret), (&one.id, &String::new()), (&"no".into(), &one.secret)]
    {
        assert!(world.services.visits.visit_opens(id, secret).await.unwrap().is_none());
    }
    let row = world.db.store.visits().find(&one.id).await.unwrap().unwrap();
    assert_eq!(row.user_id.as_deref(), Some("USR-1"));
    assert!(!format!("{row:?}{one:?}").contains(&one.secret));
    world.pass(10 * 60 * 1000);
    let renewed = world.services.visits.renew_visit(&one.id, &one.secret).await.unwrap().unwrap();
    assert_eq!((renewed.user, renewed.expires_at_ms), (one.user, one.expires_at_ms + 10 * 60 * 1000));
    assert_eq!(world.services.visits.renew_visit(&one.id, "wrong").await.unwrap(), None);
    world.pass(60 * 60 * 1000);
    assert!(world.services.visits.visit_opens(&one.id, &one.secret).await.unwrap().is_none());
    assert_eq!(world.services.visits.renew_visit(&one.id, &one.secret).await.unwrap(), None);
    // The janitor deletes both users, once.
    let gone = Mock::given(method("DELETE")).and(path("/v1/users/USR-1")).respond_with(ResponseTemplate::new(204));
    gone.expect(2).mount(&world.platform).await;
    world.services.sweep().await;
    world.services.sweep().await;
    world.pass(25 * 60 * 60 * 1000);
    world.services.sweep().await;
    assert_eq!(world.db.store.visits().find(&one.id).await.unwrap(), None);
}

async fn visits_are_limited_by_address_and_in_total(db: Database) {
    let world = World::with(db, |settings| {
        settings.limits.visits_per_minute_per_ip = 2;
        settings.limits.visits_per_minute = 5;
        settings.limits.open_visits = 7;
    })
    .await;
    world.makes_users().await;
    let visit = async |address: &str| world.services.visits.start_visit(address.parse().unwrap()).await;
    assert!(visit("192.0.2.1").await.is_ok());
    assert!(visit("192.0.2.1").await.is_ok());
    assert_eq!(visit("192.0.2.1").await.unwrap_err(), Refusal::TooManyFromYou { retry_after_s: 30 });
    assert_eq!(visit("::ffff:192.0.2.1").await.unwrap_err(), Refusal::TooManyFromYou { retry_after_s: 30 });
    for address in ["192.0.2.2", "192.0.2.3", "192.0.2.4"] {
        assert!(visit(address).await.is_ok());
    }
    assert_eq!(visit("192.0.2.5").await.unwrap_err(), Refusal::TooManyInAll);
    world.pass(30_000);
    assert!(visit("192.0.2.1").await.is_ok());
    world.pass(60_000);
    assert!(visit("192.0.2.6").await.is_ok());
    assert_eq!(visit("192.0.2.7").await.unwrap_err(), Refusal::TooManyInAll, "seven tokens are valid");
    world.pass(15 * 60 * 1000);
    assert!(visit("192.0.2.8").await.is_ok());
}

async fn a_platform_that_is_down_refuses_visits_and_leaves_nothing_behind(db: Database) {
    let world = World::new(db).await;
    // Without a mock the platform says 404 to everything; that is no user.
    assert_eq!(world.services.visits.start_visit(home()).await.unwrap_err(), Refusal::PlatformDown);
    world.pass(60 * 60 * 1000);
    let down = Mock::given(method("DELETE"))
        .respond_with(ResponseTemplate::new(403))
        .expect(2)
        .mount_as_scoped(&world.platform)
        .await;
    world.services.sweep().await;
    world.services.sweep().await;
    world.pass(60_000);
    world.services.sweep().await;
    drop(down);
    // Nothing is known of an id, so it goes by its name.
    let by_name =
        Mock::given(method("DELETE")).and(path_regex("^/v1/users/visitor-")).respond_with(ResponseTemplate::new(204));
    by_name.expect(1).mount(&world.platform).await;
    world.pass(120_000);
    world.services.sweep().await;
    world.services.sweep().await;
}

async fn the_support_users_token_is_for_the_support_user_only(db: Database) {
    let world = World::new(db).await;
    let duplicate = json!({ "code": "user:error:duplicate-name", "title": "x" });
    let made = ResponseTemplate::new(400).set_body_json(duplicate);
    Mock::given(method("POST")).and(path("/v1/users")).respond_with(made).mount(&world.platform).await;
    for name in ["jane", "", "Supportuser", "supportuser ", "visitor-1"] {
        assert_eq!(world.services.visits.support_user_token(name, home()).await, Ok(None), "{name}");
    }
    let token = world.services.visits.support_user_token("supportuser", home()).await.unwrap().unwrap();
    let user = claims(&token)["sub"].clone();
    assert!(user.as_str().unwrap().starts_with("visitor-"), "f19: a user of their own: {user}");
    let token = world.services.visits.support_user_token("supportuser", home()).await.unwrap().unwrap();
    assert_ne!(claims(&token)["sub"], user);
    for _ in 0..4 {
        assert!(world.services.visits.support_user_token("supportuser", home()).await.is_ok());
    }
    let refused = world.services.visits.support_user_token("supportuser", home()).await;
    assert!(matches!(refused, Err(Refusal::TooManyFromYou { .. })), "{refused:?}");
    let off = world.restarted(|settings| settings.directory.support_user = String::new()).await;
    for name in ["supportuser", ""] {
        assert_eq!(off.visits.support_user_token(name, home()).await, Ok(None), "f19: switched off");
    }
}
