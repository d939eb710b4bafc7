//! The first operator, and signing in.

use super::*;

on_both!(the_first_start_makes_an_operator_who_signs_in, signing_in_is_throttled,);

async fn the_first_start_makes_an_operator_who_signs_in(db: Database) {
    let world = World::new(db).await;
    let services = &world.services;
    let lost = services.accounts.first_start().await.unwrap().unwrap();
    let printed = services.accounts.first_start().await.unwrap().unwrap();
    assert_ne!(lost.password, printed.password);
    assert_eq!(services.accounts.sign_in("operator", &lost.password, home()).await, Err(SignInRefusal::Wrong));
    let account = services.accounts.sign_in("operator", &printed.password, home()).await.unwrap();
    assert!(account.must_change_password);
    assert_eq!(services.accounts.first_start().await.unwrap(), None, "somebody has signed in with it");
    let change =
        async |current: &str, new: &str| services.accounts.change_password(&account.id, current, new, home()).await;
    assert_eq!(change(&printed.password, "short").await, Err(PasswordRefusal::TooShort { least: 12 }));
    assert_eq!(change(&printed.password, &"x".repeat(513)).await, Err(PasswordRefusal::TooLong { most: 512 }));
    assert_eq!(change(&printed.password, &printed.password).await, Err(PasswordRefusal::Same));
    assert_eq!(change("not the password", "correct horse battery").await, Err(PasswordRefusal::Wrong));
    let sessions = world.db.store.accounts().sessions(|| 0);
    let expiry_date = time::OffsetDateTime::from_unix_timestamp(2_000_000_000).unwrap();
    let data = [("account".to_owned(), json!(account.id))].into_iter().collect();
    let mut session = tower_sessions::session::Record { id: Default::default(), data, expiry_date };
    sessions.create(&mut session).await.unwrap();
    assert_eq!(change(&printed.password, "correct horse battery").await, Ok(()));
    assert_eq!(sessions.load(&session.id).await.unwrap(), None, "every session ends");
    assert_eq!(services.accounts.sign_in("operator", &printed.password, home()).await, Err(SignInRefusal::Wrong));
    let account = services.accounts.sign_in("operator", "correct horse battery", home()).await.unwrap();
    assert!(!account.must_change_password);
    assert_eq!(services.accounts.account(&account.id).await.unwrap(), Some(account));
    assert_eq!(services.accounts.account("nobody").await.unwrap(), None);
    let again = world.restarted(|_| {}).await;
    assert_eq!(again.accounts.first_start().await.unwrap(), None);
    assert!(again.accounts.sign_in("operator", "correct horse battery", home()).await.is_ok());
}

async fn signing_in_is_throttled(db: Database) {
    let world = World::new(db).await;
    let password = world.services.accounts.first_start().await.unwrap().unwrap().password;
    // In parallel, so that none slips through between counting and checking.
    let tries =
        futures::future::join_all((0..8).map(|_| world.services.accounts.sign_in("operator", "wrong", home()))).await;
    assert_eq!(tries.iter().filter(|tried| **tried == Err(SignInRefusal::Wrong)).count(), 5, "{tries:?}");
    let wait = Err(SignInRefusal::Throttled { retry_after_s: 1 });
    assert_eq!(tries.iter().filter(|tried| **tried == wait).count(), 3, "{tries:?}");
    assert_eq!(
        world.services.accounts.sign_in("operator", &password, home()).await,
        wait,
        "not even with the password"
    );
    // A restart forgets nothing; somebody elsewhere is not locked out.
    let again = world.restarted(|_| {}).await;
    assert_eq!(again.accounts.sign_in("Operator", "wrong", home()).await, wait);
    assert!(again.accounts.sign_in("operator", &password, "198.51.100.1".parse().unwrap()).await.is_ok());
    world.pass(1_000);
    assert_eq!(again.accounts.sign_in("operator", "wrong", home()).await, Err(SignInRefusal::Wrong));
    assert_eq!(
        again.accounts.sign_in("operator", "wrong", home()).await,
        Err(SignInRefusal::Throttled { retry_after_s: 2 })
    );
    world.pass(2_000);
    assert!(again.accounts.sign_in("operator", &password, home()).await.is_ok());
    assert_eq!(
        again.accounts.sign_in("operator", "wrong", home()).await,
        Err(SignInRefusal::Wrong),
        "the count began again"
    );
    assert_eq!(
        again.accounts.sign_in("nobody", "wrong", home()).await,
        Err(SignInRefusal::Wrong),
        "as if there were one"
    );
}
