//! Making and emptying topics. Not for the embedded broker, which has no admin interface.

use std::time::Duration;

use futures::executor::block_on;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication, TopicResult};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use crate::cluster::Listener;
use crate::error::Error;
use crate::partition::{Position, list_with_offsets};
use crate::settings::ConsumerSettings;

/// As many replicas as the broker's own default says.
const REPLICAS_AS_BROKER_SAYS: TopicReplication<'static> = TopicReplication::Fixed(-1);

/// A client that changes topics.
pub struct Admin {
    client: AdminClient<Listener>,
    brokers: String,
    options: AdminOptions,
}

impl Admin {
    /// A client for the brokers of `settings`; every request may take `timeout`.
    ///
    /// # Errors
    /// [`Error::Setting`], [`Error::Client`].
    pub fn new(settings: &ConsumerSettings, timeout: Duration) -> Result<Self, Error> {
        let client = settings
            .query_config()?
            .create_with_context(Listener::default())?;
        let options = AdminOptions::new()
            .request_timeout(Some(timeout))
            .operation_timeout(Some(timeout));
        Ok(Self {
            client,
            brokers: settings.brokers.clone(),
            options,
        })
    }

    /// Makes a topic with `partition_count` partitions and topic settings `config`; false if it was there already.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Authorization`], [`Error::Client`].
    pub fn create_topic(
        &self,
        topic: &str,
        partition_count: i32,
        config: &[(&str, &str)],
    ) -> Result<bool, Error> {
        let mut wanted = NewTopic::new(topic, partition_count, REPLICAS_AS_BROKER_SAYS);
        for (key, value) in config {
            wanted = wanted.set(key, value);
        }
        let answer = block_on(self.client.create_topics([&wanted], &self.options));
        match self.one_outcome(answer, topic) {
            Err(Error::Client(error))
                if error.rdkafka_error_code() == Some(Code::TopicAlreadyExists) =>
            {
                Ok(false)
            }
            outcome => outcome.map(|()| true),
        }
    }

    /// Removes a topic and all it holds.
    ///
    /// # Errors
    /// As [`Self::create_topic`]; [`Error::UnknownTopic`].
    pub fn delete_topic(&self, topic: &str) -> Result<(), Error> {
        let answer = block_on(self.client.delete_topics(&[topic], &self.options));
        self.one_outcome(answer, topic)
    }

    /// Forgets what lies below `before.next_offset`, as retention would.
    ///
    /// # Errors
    /// As [`Self::create_topic`]; [`Error::UnknownTopic`].
    pub fn delete_records(&self, before: &Position) -> Result<(), Error> {
        let one = &before.partition;
        let list = list_with_offsets([(one, before.next_offset)])?;
        let answer = block_on(self.client.delete_records(&list, &self.options));
        let done = answer.and_then(|list| {
            let found = list.find_partition(&one.topic, one.partition);
            found.map_or(Ok(()), |found| found.error())
        });
        done.map_err(|error| self.failed(error, &one.topic))
    }

    fn one_outcome(
        &self,
        answer: Result<Vec<TopicResult>, KafkaError>,
        topic: &str,
    ) -> Result<(), Error> {
        let outcomes = answer.map_err(|error| self.failed(error, topic))?;
        match outcomes.into_iter().next() {
            Some(Err((_, code))) => Err(self.failed(KafkaError::AdminOp(code), topic)),
            _ => Ok(()),
        }
    }

    fn failed(&self, error: KafkaError, what: &str) -> Error {
        self.client
            .inner()
            .context()
            .explain(error, &self.brokers, what)
    }
}
