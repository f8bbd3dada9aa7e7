//! The API key: derived, or created and then derived; and what else the account's settings are.

use reqwest::Method;
use zeroize::Zeroizing;

use super::budget::{Cost, Group, Tier};
use super::client::{Client, success, understood};
use super::error::RestError;
use super::fault::Fault;
use super::node::{Node, WireError};
use crate::auth::Credentials;

/// A key that may trade for a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSigner {
    /// Its address.
    pub address: String,
    /// What it may do, in the venue's words.
    pub scopes: Vec<String>,
    /// Until when, unix seconds.
    pub valid_until_s: Option<u64>,
}

impl Client {
    /// Logs in: derives the API key; where there is none, creates it and derives it again. Uses it from then on.
    ///
    /// # Errors
    /// No account, no answer, or a refusal.
    pub async fn log_in(&self) -> Result<(), RestError> {
        let credentials = match self.derive_key().await {
            Err(RestError::Refused {
                status: 400 | 404, ..
            }) => {
                // Somebody else may have created it meanwhile: what counts is what is derived afterwards.
                match self.create_key().await {
                    Ok(_)
                    | Err(RestError::Refused {
                        status: 400,
                        fault: Fault::Other,
                        ..
                    }) => self.derive_key().await?,
                    Err(error) => return Err(error),
                }
            }
            other => other?,
        };
        self.set_credentials(credentials);
        Ok(())
    }

    /// The API key that belongs to the account and its nonce.
    ///
    /// # Errors
    /// No account, no answer, or a refusal: 400 or 404 where there is none.
    pub async fn derive_key(&self) -> Result<Credentials, RestError> {
        self.key_call(Method::GET, "/auth/derive-api-key").await
    }

    /// Creates the API key of the account and its nonce.
    ///
    /// # Errors
    /// No account, no answer, or a refusal: 400 where there is one.
    pub async fn create_key(&self) -> Result<Credentials, RestError> {
        self.key_call(Method::POST, "/auth/api-key").await
    }

    async fn key_call(&self, method: Method, path: &str) -> Result<Credentials, RestError> {
        let request = self.clob(method, path);
        let place = request.place();
        let reply = self
            .send(&request, Cost::read(Group::Auth), || self.attested(&place))
            .await?;
        let body = Zeroizing::new(success(&request, reply)?);
        understood(&request, &body, credentials).map_err(without_body)
    }

    /// Names of the account's API keys.
    ///
    /// # Errors
    /// Not logged in, no answer, or a refusal.
    pub async fn api_keys(&self) -> Result<Vec<String>, RestError> {
        let request = self.clob(Method::GET, "/auth/api-keys");
        let body = self.private_get(&request, Group::Auth).await?;
        understood(&request, &body, |node| {
            let keys = node.object()?.get("apiKeys").items()?;
            keys.iter().map(Node::word).collect()
        })
    }

    /// Deletes the API key in use and forgets it.
    ///
    /// # Errors
    /// Not logged in, no answer, or a refusal.
    pub async fn delete_key(&self) -> Result<(), RestError> {
        let request = self.clob(Method::DELETE, "/auth/api-key");
        let reply = self.private(&request, Cost::read(Group::Auth)).await?;
        success(&request, reply)?;
        self.forget_credentials();
        Ok(())
    }

    /// Whether the account may only reduce.
    ///
    /// # Errors
    /// Not logged in, no answer, or a refusal.
    pub async fn is_closed_only(&self) -> Result<bool, RestError> {
        let request = self.clob(Method::GET, "/auth/ban-status/closed-only");
        let body = self.private_get(&request, Group::Auth).await?;
        understood(&request, &body, |node| {
            node.object()?.get("closed_only").flag()
        })
    }

    /// The tier of the signer's rate limits, which the budget adopts; nothing for a name that is not known.
    ///
    /// # Errors
    /// Not logged in, no answer, or a refusal.
    pub async fn rate_limit_tier(&self) -> Result<Option<Tier>, RestError> {
        let request = self.clob(Method::GET, "/v1/user/rate-limit-tier");
        let body = self.private_get(&request, Group::Clob).await?;
        let name = understood(&request, &body, |node| node.object()?.get("tier").word())?;
        let tier = Tier::named(&name);
        if let Some(tier) = tier {
            self.budget().adopt(tier);
        }
        Ok(tier)
    }

    /// The keys that may trade for the account's wallet.
    ///
    /// # Errors
    /// Not logged in, no answer, or a refusal.
    pub async fn session_signers(&self) -> Result<Vec<SessionSigner>, RestError> {
        let request = self.clob(Method::GET, "/v1/user/session-signers");
        let body = self.private_get(&request, Group::Clob).await?;
        understood(&request, &body, |node| {
            let signers = node.object()?.get("signers").items()?;
            signers.iter().map(session_signer).collect()
        })
    }
}

fn session_signer(node: &Node<'_>) -> Result<SessionSigner, WireError> {
    let object = node.object()?;
    let scopes = object.get("scopes").items_if_any()?;
    Ok(SessionSigner {
        address: object.get("address").word()?,
        scopes: scopes.iter().map(Node::word).collect::<Result<_, _>>()?,
        valid_until_s: object
            .any_of(&["valid_until", "validUntil"])
            .whole_if_any()?,
    })
}

fn credentials(node: &Node<'_>) -> Result<Credentials, WireError> {
    let object = node.object()?;
    Ok(Credentials {
        api_key: object.get("apiKey").word()?,
        secret: Zeroizing::new(object.get("secret").word()?),
        passphrase: Zeroizing::new(object.get("passphrase").word()?),
    })
}

/// An error of the parser quotes the body, and this body holds a secret.
fn without_body(error: RestError) -> RestError {
    match error {
        RestError::NotUnderstood { place, error } => RestError::NotUnderstood {
            place,
            error: WireError {
                found: "something else (not shown)".to_owned(),
                ..error
            },
        },
        other => other,
    }
}
