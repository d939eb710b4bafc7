//! The database stalls while callers wait.

use sqlx::Connection as _;

use super::*;
use crate::service::Limits;

/// More than half a second.
const STALL: Duration = Duration::from_millis(600);
/// How many times slower each round is. Once is enough: what a busy machine adds to a stall is not ours, and weighs less in
/// slow motion. A program that gives up too early serves nobody at any speed.
const ROUNDS: [u32; 5] = [1, 1, 1, 4, 8];
const SUPPORT: &str = "442079460000";

/// With the limits of production: another process holds the file for more than half a second, and a caller whose agent must
/// be reserved in it is put through to them, as is one for whom nothing must be read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stall_of_half_a_second_costs_no_caller_and_nothing_is_lost() {
    let as_in_production = |settings: &mut crate::service::Settings| {
        settings.limits.settings_deadline = Limits::default().settings_deadline;
    };
    let world = World::with(Database::sqlite().await, as_in_production).await;
    let number = E164::parse(OURS).unwrap();
    world.services.lines.add_number(&number, "GB", &["VOICE".into()], &Line::Agent("agent0".into())).await.unwrap();
    let team = agents(&world.services, ROUNDS.len()).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(world.db.file());
    let mut outside = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let (mut asked, mut served) = (0, false);
    for (n, slower) in ROUNDS.into_iter().enumerate() {
        let services = world.restarted(|settings| slow_motion(&mut settings.limits, slower)).await;
        services.lines.reload_directory().await.unwrap();
        beat(&services, &team).await;
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut outside).await.unwrap();
        let support = answer(&json!({"to": SUPPORT, "from": "447700900999", "uuid": format!("support{n}"),
                                     "conversation_uuid": format!("CON-support-{n}")}));
        let [agent, support] = [call(n), support].map(|received| {
            let services = services.clone();
            tokio::spawn(async move { services.webhooks.answer(received).await.unwrap() })
        });
        tokio::time::sleep(STALL * slower).await;
        sqlx::query("ROLLBACK").execute(&mut outside).await.unwrap();
        let (agent, support) = (agent.await.unwrap(), support.await.unwrap());
        asked += 2;
        assert!(!agent.0.is_empty() && !support.0.is_empty(), "a caller hears something in any case");
        // What the database did not take in time comes from the spool.
        let merged = async {
            while world.db.store.webhooks().count().await.unwrap() < asked {
                let _ = services.merge_spool().await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), merged).await.expect("a webhook is lost");
        served = rings(&agent).is_some() && support.rings_telephones();
        if served {
            break;
        }
    }
    assert!(served, "a stall of {STALL:?} cost a caller in each round");
}

/// Calls are counted in the database. While it does not answer, those who reach what the operator entered go uncounted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f14_callers_from_outside_are_put_through_while_calls_cannot_be_counted() {
    let world = World::with(Database::sqlite().await, |settings| {
        patient(settings);
        settings.limits.count_deadline = Duration::from_millis(200);
        settings.dial.calls_per_day = 100;
    })
    .await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(world.db.file());
    let mut outside = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut outside).await.unwrap();
    let support = answer(&json!({"to": SUPPORT, "from": "447700900999", "uuid": "support",
                                 "conversation_uuid": "CON-support"}));
    let services = world.services.clone();
    let answering = tokio::spawn(async move { services.webhooks.answer(support).await.unwrap() });
    tokio::time::sleep(STALL).await;
    sqlx::query("ROLLBACK").execute(&mut outside).await.unwrap();
    let flow = answering.await.unwrap();
    assert!(flow.rings_telephones(), "{}", flow.to_json());
}

fn slow_motion(limits: &mut Limits, slower: u32) {
    for time in [
        &mut limits.answer_deadline,
        &mut limits.decide_deadline,
        &mut limits.commit_deadline,
        &mut limits.spool_deadline,
    ] {
        *time *= slower;
    }
}
