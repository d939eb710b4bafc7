//! What agents do with whom they talk to.

use super::at_once::Work;
use super::run::Run;
use crate::domain::contact_center::desk::Target;
use crate::service::Services;
use crate::service::fail::Told as _;

/// The telephone of a specialist outside.
const SPECIALIST: &str = "+44 7700 900999";

impl Run {
    /// One agent in a call, for one step. To teach the agents another control, give it a place in this table.
    pub(super) fn talks(&self, name: &str, leg: usize, work: &mut Vec<Work>) {
        let mut chance = self.chance(("talks", leg));
        let (calm, caller) = {
            let state = self.platform.state();
            (state.calm, state.caller_of(leg))
        };
        if calm && chance.below(5) > 0 {
            return;
        }
        let colleague = Target::Agent(self.team[chance.index(self.team.len())].name.clone());
        let somebody = if chance.below(4) == 0 { Target::Number(SPECIALIST.into()) } else { colleague.clone() };
        let will = |what: &str| self.log(format!("{name} {what}"));
        work.push(match chance.below(1_000) {
            n if calm || n < 20 => {
                will("hangs up");
                let (platform, fails) = (self.platform.clone(), self.plan.rest_fails > 0);
                self.in_call(name, None, move |services, agent, call| async move {
                    let shown = services
                        .core
                        .store
                        .desk()
                        .call(&call)
                        .await
                        .unwrap()
                        .and_then(|loaded| loaded.call.customer_leg);
                    {
                        let mut state = platform.state();
                        let meant = shown.and_then(|leg| state.caller_at(&leg)).into_iter().chain(caller);
                        for caller in meant {
                            state.may_end.insert(caller);
                            // When nobody can say whether the agent had taken the call, they declined it.
                            if fails {
                                state.may_move.insert(caller);
                            }
                        }
                    }
                    let _ = services.desk.ending.hang_up(&agent, &call).await.told();
                })
            }
            20..35 => {
                self.platform.state().end(leg, "completed", "the softphone hangs up by itself");
                return;
            }
            n @ 35..75 => {
                let on = n % 2 == 0;
                will(if on { "holds" } else { "resumes" });
                self.in_call(name, None, move |services, agent, call| async move {
                    let _ = services.desk.consoles.controls.hold(&agent, &call, on).await.told();
                })
            }
            n @ 75..85 => self.in_call(name, None, move |services, agent, call| async move {
                let _ = services.desk.consoles.controls.mute(&agent, &call, n % 2 == 0).await.told();
            }),
            85..115 => {
                will(&format!("hands over to {somebody:?}"));
                self.in_call(name, caller, move |services, agent, call| async move {
                    let _ = services.desk.consoles.handing_over.transfer(&agent, &call, &somebody).await.told();
                })
            }
            115..150 => {
                will(&format!("consults {somebody:?}"));
                self.in_call(name, None, move |services, agent, call| async move {
                    let _ = services.desk.consoles.handing_over.consult(&agent, &call, &somebody).await.told();
                })
            }
            150..180 => self.in_consultation(
                name,
                caller,
                "hands over to whom they consult",
                |services, agent, call| async move {
                    let _ = services.desk.consoles.handing_over.complete_transfer(&agent, &call).await.told();
                },
            ),
            180..210 => {
                self.in_consultation(name, caller, "goes back to the caller", |services, agent, call| async move {
                    let _ = services.desk.consoles.handing_over.back_to_caller(&agent, &call).await.told();
                })
            }
            210..240 => self.in_consultation(name, caller, "joins all", |services, agent, call| async move {
                let _ = services.desk.consoles.handing_over.join_all(&agent, &call).await.told();
            }),
            240..250 => {
                will(&format!("adds {somebody:?}"));
                self.in_call(name, None, move |services, agent, call| async move {
                    let _ = services.desk.consoles.handing_over.add_party(&agent, &call, &somebody).await.told();
                })
            }
            250..260 => self.in_consultation(name, caller, "removes somebody", |services, agent, call| async move {
                let third = services
                    .desk
                    .answers
                    .board
                    .load_call(&call)
                    .await
                    .unwrap()
                    .and_then(|loaded| loaded.call.thirds.first().cloned());
                let _ =
                    services.desk.consoles.handing_over.remove_party(&agent, &call, &third.unwrap().leg).await.told();
            }),
            260..265 => self.in_call(name, None, |services, agent, call| async move {
                let _ = services.desk.consoles.controls.send_keys(&agent, &call, "12#").await.told();
            }),
            265..280 => self.in_consultation(name, caller, "leaves", |services, agent, call| async move {
                let _ = services.desk.ending.leave_call(&agent, &call).await.told();
            }),
            _ => return,
        });
    }

    /// Something in the agent's call. `caller` is who may be led elsewhere, or lose one they talk to, until it is done.
    pub(super) fn in_call<F: Future<Output = ()> + Send + 'static>(
        &self,
        agent: &str,
        caller: Option<usize>,
        does: impl FnOnce(Services, String, String) -> F + Send + 'static,
    ) -> Work {
        let (services, platform, agent) = (self.services.clone(), self.platform.clone(), agent.to_owned());
        Box::pin(async move {
            let me = services.core.store.desk().agent(&agent).await.unwrap();
            let Some(call) = me.and_then(|me| me.call) else { return };
            let before = {
                let mut state = platform.state();
                caller.map(|caller| (state.may_move.insert(caller), state.may_end.insert(caller)))
            };
            does(services, agent, call).await;
            let mut state = platform.state();
            if let (Some(caller), Some((moves, ends))) = (caller, before) {
                if moves {
                    state.may_move.remove(&caller);
                }
                if ends {
                    state.may_end.remove(&caller);
                }
            }
        })
    }

    /// The same, when the call is theirs and somebody else is in it.
    fn in_consultation<F: Future<Output = ()> + Send + 'static>(
        &self,
        agent: &str,
        caller: Option<usize>,
        what: &'static str,
        does: impl FnOnce(Services, String, String) -> F + Send + 'static,
    ) -> Work {
        let platform = self.platform.clone();
        self.in_call(agent, caller, move |services, agent, call| async move {
            let loaded = services.core.store.desk().call(&call).await.unwrap();
            if loaded
                .is_some_and(|loaded| loaded.call.agent.as_deref() == Some(&agent) && !loaded.call.thirds.is_empty())
            {
                platform.state().log(format!("{agent} {what}"));
                does(services, agent, call).await;
            }
        })
    }
}
