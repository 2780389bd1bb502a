//! A broker inside the process, for the demo and for tests: librdkafka's mock cluster.
//!
//! It keeps at most 5 MiB or 100,000 record batches of a partition and then **drops the oldest without a word**: bound
//! whoever produces with [`crate::Ahead::of_embedded`]. It has no admin interface, does not look at transactions, and a
//! group's first message takes 3 to 4 seconds.

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

use crate::error::Error;

/// One broker on a loopback port of its own, gone when dropped.
pub struct EmbeddedBroker {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

// SAFETY: the handle is not tied to the thread that made it: every call is passed on to the cluster's own thread.
unsafe impl Send for EmbeddedBroker {}

impl EmbeddedBroker {
    /// Starts it.
    ///
    /// # Errors
    /// [`Error::Client`] if no thread or socket can be had.
    pub fn start() -> Result<Self, Error> {
        let cluster = MockCluster::new(1)?;
        Ok(Self { cluster })
    }

    /// Its address, as [`crate::ConsumerSettings::brokers`] wants it.
    pub fn bootstrap(&self) -> String {
        self.cluster.bootstrap_servers()
    }

    /// Makes a topic. One that is used before it is made has 4 partitions.
    ///
    /// # Errors
    /// [`Error::Client`] if it is there already.
    pub fn create_topic(&self, topic: &str, partition_count: i32) -> Result<(), Error> {
        Ok(self.cluster.create_topic(topic, partition_count, 1)?)
    }

    /// Cuts all connections and refuses new ones, or accepts them again. What it holds stays.
    ///
    /// # Errors
    /// [`Error::Client`].
    pub fn set_reachable(&self, reachable: bool) -> Result<(), Error> {
        const ALL: i32 = -1;
        let done = match reachable {
            true => self.cluster.broker_up(ALL),
            false => self.cluster.broker_down(ALL),
        };
        Ok(done?)
    }

    #[cfg(test)]
    pub(crate) fn cluster(&self) -> &MockCluster<'static, DefaultProducerContext> {
        &self.cluster
    }
}
