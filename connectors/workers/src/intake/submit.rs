//! The way of a submission: judged, offered to the owner, and answered only when the owner has taken it.

use axum::http::StatusCode;
use quorate_domain::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;

use super::consider::{Finding, No, Offer};
use super::error::ApiError;
use super::submission::{Reading, Submission};
use super::{Accepted, Intake, Pusher, Refused, Taken};
use crate::fault::Fault;

/// How the exchange with the owner ended.
enum Ending {
    Accepted(Accepted),
    Refused(Refused),
    /// It was never handed over.
    NotOffered(&'static str),
    /// It was handed over, and no answer came.
    Unanswered(&'static str),
}

impl Intake {
    /// Takes one body that arrived at this time from this worker: 201 with a new receipt, or 200 with a known one.
    pub(super) async fn take(
        self,
        pusher: usize,
        body: &[u8],
        received_at: Timestamp,
    ) -> Result<(StatusCode, Value), ApiError> {
        let shared = &self.0;
        let Some(pusher) = shared.pushers.get(pusher) else {
            return Err(ApiError::unavailable("the worker is not known any more"));
        };
        shared.tally.asked(pusher.spec.id);
        let submission = match Submission::read(body) {
            Ok(submission) => submission,
            Err(Reading::Fault(fault)) => return Err(self.refuse(pusher, fault)),
            Err(Reading::Refusal(error)) => {
                shared
                    .tally
                    .fault(pusher.spec.id, &Fault::malformed(error.message.as_str()));
                return Err(error);
            }
        };
        let _turn = pusher.turn.lock().await;
        let finding = shared
            .ledger()
            .consider(&pusher.spec, &submission, received_at);
        match finding {
            Ok(Finding::Known(receipt)) => {
                shared.tally.fault(pusher.spec.id, &Fault::Duplicate);
                Ok((StatusCode::OK, receipt))
            }
            Ok(Finding::New(offer)) => self.settle(pusher, *offer, received_at).await,
            Err(No::Answer(error)) => Err(error),
            Err(No::Fault(fault)) => {
                if matches!(fault, Fault::FlipFlop { .. }) {
                    shared
                        .ledger()
                        .followed(&pusher.spec, &submission, received_at);
                }
                Err(self.refuse(pusher, fault))
            }
        }
    }

    /// Offers a submission and writes down how that ended.
    async fn settle(
        &self,
        pusher: &Pusher,
        offer: Offer,
        received_at: Timestamp,
    ) -> Result<(StatusCode, Value), ApiError> {
        let shared = &self.0;
        match self.offer(&offer).await {
            Ending::Accepted(accepted) => {
                shared.tally.heard(pusher.spec.id, received_at);
                let receipt = shared.ledger().accepted(offer, accepted);
                let receipt = receipt.ok_or_else(|| {
                    ApiError::unavailable("the submission was taken, but its question is gone")
                })?;
                Ok((StatusCode::CREATED, receipt))
            }
            Ending::Refused(refused) => Err(self.refused_by_owner(pusher, refused, received_at)),
            Ending::NotOffered(why) => Err(ApiError::unavailable(why)),
            Ending::Unanswered(why) => {
                shared.ledger().unanswered(&offer);
                Err(ApiError::unavailable(why))
            }
        }
    }

    async fn offer(&self, offer: &Offer) -> Ending {
        let (answer, answered) = oneshot::channel();
        let taken = Taken {
            heard: offer.heard.clone(),
            replaces: offer.replaces,
            answer,
        };
        match self.0.sender.try_send(taken) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                return Ending::NotOffered("too much is waiting to be taken");
            }
            Err(TrySendError::Closed(_)) => return Ending::NotOffered("the agent is stopping"),
        }
        match tokio::time::timeout(self.0.limits.answer_timeout, answered).await {
            Ok(Ok(Ok(accepted))) => Ending::Accepted(accepted),
            Ok(Ok(Err(refused))) => Ending::Refused(refused),
            Ok(Err(_)) => Ending::Unanswered("the agent is stopping"),
            Err(_) => Ending::Unanswered("the agent did not answer in time"),
        }
    }

    fn refused_by_owner(&self, pusher: &Pusher, refused: Refused, at: Timestamp) -> ApiError {
        let fault = match &refused {
            Refused::WindowClosed => Some(Fault::Late {
                by: self.0.clock.now().since(at),
            }),
            Refused::UnknownQuestion => Some(Fault::UnknownQuestion {
                what: "it is not asked any more".to_owned(),
            }),
            Refused::NotPermitted(why) => Some(Fault::NotPermitted { why: why.clone() }),
            Refused::Unavailable(_) => None,
        };
        if let Some(fault) = fault {
            self.0.tally.fault(pusher.spec.id, &fault);
        }
        refused.into()
    }

    fn refuse(&self, pusher: &Pusher, fault: Fault) -> ApiError {
        self.0.tally.fault(pusher.spec.id, &fault);
        fault.into()
    }
}
