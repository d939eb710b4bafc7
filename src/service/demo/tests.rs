use crate::domain::business::Profile;
use crate::domain::trouble::Trouble;
use crate::service::business;
use crate::service::fail::Told as _;
use crate::service::settings::SandboxNotice;
use crate::service::tests::World;
use crate::store::testing::{Database, on_both};

on_both!(the_real_platforms_data_is_never_wiped, a_profile_of_ones_own_stays_and_the_examples_goes);

async fn example(world: &World) {
    let profile = Profile { name: business::EXAMPLE.to_owned(), ..Profile::new("UTC", "Hello") };
    business::begin_with(&world.db.store, &profile, 1).await.unwrap();
    world.services.business.reload().await.unwrap();
}

async fn the_real_platforms_data_is_never_wiped(db: Database) {
    let world = World::new(db).await;
    example(&world).await;
    assert_eq!(world.services.demo.wipe().await.told(), Err(Trouble::SandboxOnly));
    assert!(world.services.demo.is_example());
}

async fn a_profile_of_ones_own_stays_and_the_examples_goes(db: Database) {
    let sandbox = || Some(SandboxNotice { handset_page_url: "http://127.0.0.1:3001/".into() });
    let world = World::with(db, |settings| settings.sandbox = sandbox()).await;
    example(&world).await;
    let services = &world.services;
    let (mut draft, questions) = services.business.profile().draft();
    draft.name = "Bluebird Bikes".into();
    services.business.save(&draft, &questions).await.told().unwrap();
    services.demo.wipe().await.told().unwrap();
    assert_eq!(services.business.profile().name, "Bluebird Bikes");
    draft.name = business::EXAMPLE.into();
    services.business.save(&draft, &questions).await.told().unwrap();
    services.demo.wipe().await.told().unwrap();
    assert_eq!(services.business.profile().name, "");
}
