//! What this process has learned: it takes up decisions and models as they come to light, its own at once and those of other replicas within
//! seconds. The models are replaced as a whole: whoever is using the ones before goes on with those.

use std::sync::{Arc, PoisonError};

use super::{App, City};
use crate::desk::learning::{self, News};
use crate::desk::{self, policies};
use crate::domain::advice::{self, Heads};
use crate::domain::policy::Policy;
use crate::store::StoreError;
use crate::store::records::PolicyRow;

impl App {
    /// Takes up what was decided and learned since the last time. Those who ask while somebody is at it wait, and find it done: however
    /// many decisions come together, the models are copied once.
    ///
    /// # Errors
    /// [`desk::Error::Store`]; what was known then stays.
    pub async fn catch_up(&self) -> Result<(), desk::Error> {
        let mut seen = self.0.learned.lock().await;
        let known = seen.clone();
        let news = self.store().read(move |conn| learning::news(conn, &known)).await?;
        let now = news.seen.clone();
        if !news.is_nothing() {
            let City { policy, adviser } = self.city();
            let taken = tokio::task::spawn_blocking(move || {
                let heads = take_up(news, adviser.heads(), &policy);
                Arc::new(adviser.with_heads(heads))
            });
            let adviser = taken.await.map_err(|_| StoreError::Away("taking up decisions failed".to_owned()))?;
            self.0.city.write().unwrap_or_else(PoisonError::into_inner).adviser = adviser;
        }
        *seen = now;
        Ok(())
    }

    /// [`App::catch_up`] after a decision that is durable already: should it fail, the decision is taken up within seconds.
    pub async fn take_to_heart(&self) {
        if let Err(error) = self.catch_up().await {
            tracing::warn!(%error, "a decision could not be taken to heart at once");
        }
    }
}

/// The models with the news taken up; those that cannot be read are told of in the log.
pub(super) fn take_up(news: News, heads: &Heads, policy: &Policy) -> Heads {
    let (heads, unreadable) = news.take_up(heads, policy);
    for model in unreadable {
        tracing::error!("a model cannot be read, and is not used: {model}");
    }
    heads
}

/// The city under another version of its policy: the models know its new topics by name.
pub(super) fn succeed(before: &City, row: &PolicyRow) -> Result<City, desk::Error> {
    let policy = policies::build(row)?;
    let changed = advice::changed_topics(before.policy.doc(), policy.doc());
    Ok(City::new(policy, before.adviser.heads().knowing(&changed)))
}
