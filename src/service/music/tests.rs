use super::*;
use crate::service::fail::Told as _;
use crate::service::tests::World;
use crate::store::testing::{Database, on_both};

on_both!(music_is_kept_as_it_is_played_and_deleted_with_its_file, what_cannot_be_played_is_refused_and_nothing_is_kept,);

/// Two seconds of silence: frames of 128 kbit/s and 44,100 samples a second with nothing in them.
pub(in crate::service) fn mp3() -> Vec<u8> {
    let frame = [[0xff, 0xfb, 0x90, 0xc4].as_slice(), &[0; 413]].concat();
    frame.repeat(77)
}

async fn music_is_kept_as_it_is_played_and_deleted_with_its_file(db: Database) {
    let world = World::new(db).await;
    let music = &world.services.music;
    let id = music.add(" Waltz ", mp3()).await.told().unwrap();
    let list = music.list().await.unwrap();
    assert_eq!(
        list.iter().map(|row| (row.id.as_str(), row.name.as_str())).collect::<Vec<_>>(),
        [(id.as_str(), "Waltz")]
    );
    assert!((1..=2).contains(&list[0].seconds), "{}", list[0].seconds);
    let file = music.file(&id).await.unwrap().unwrap();
    let wav = hound::WavReader::new(file.as_slice()).unwrap();
    let spec = wav.spec();
    assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (1, RATE, 16));
    assert_eq!(i64::from(wav.duration() / RATE), list[0].seconds);
    assert_eq!(music.file("../waltz").await.unwrap(), None);
    assert!(music.delete(&id).await.unwrap() && !music.delete(&id).await.unwrap());
    assert_eq!((music.file(&id).await.unwrap(), music.list().await.unwrap()), (None, Vec::new()));
    let folder = music.path("x");
    assert_eq!(std::fs::read_dir(folder.parent().unwrap()).unwrap().count(), 0);
}

async fn what_cannot_be_played_is_refused_and_nothing_is_kept(db: Database) {
    let world = World::new(db).await;
    let music = &world.services.music;
    let wrong = async |name: &str, file: Vec<u8>| {
        let wrong = music.add(name, file).await.told().unwrap_err();
        wrong.into_iter().map(|wrong| (wrong.field, wrong.reason)).collect::<Vec<_>>()
    };
    let of = |field: &str, reason| (field.to_owned(), reason);
    assert_eq!(wrong("Waltz", b"GIF89a".to_vec()).await, [of("file", Trouble::NoMusic)]);
    assert_eq!(wrong("Waltz", Vec::new()).await, [of("file", Trouble::FileEmpty)]);
    assert_eq!(wrong("", mp3()).await, [of("name", Trouble::Empty)]);
    assert_eq!(
        wrong(&"x".repeat(61), vec![0; 9]).await,
        [of("name", Trouble::Long(LONGEST_NAME)), of("file", Trouble::NoMusic)]
    );
    assert!(music.list().await.unwrap().is_empty() && !music.path("x").parent().unwrap().exists());
    music.add("Waltz", mp3()).await.told().unwrap();
    assert_eq!(wrong("WALTZ", mp3()).await, [of("name", Trouble::Taken("WALTZ".into()))]);
    for n in 1..MOST {
        music.add(&n.to_string(), mp3()).await.told().unwrap();
    }
    assert_eq!(wrong("One more", mp3()).await, [of("file", Trouble::TooMany(MOST))]);
}
