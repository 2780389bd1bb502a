//! What can go wrong outside the stream of messages, in words that say what to do.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use std::time::Duration;

/// A failed call to Kafka. Failures of single partitions are deliveries ([`crate::PartitionError`]), not this.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A client setting that corewatch decides itself, or that librdkafka refuses.
    #[error("client setting `{key}`: {reason}")]
    Setting {
        /// The setting, as librdkafka spells it.
        key: String,
        /// Why it cannot be, and what to do instead.
        reason: String,
    },
    /// No broker answered.
    #[error(
        "no broker of {brokers} answers ({reason}): check that it runs, that its address is right and reachable from here, and that `security.protocol` fits its port"
    )]
    Unreachable {
        /// The brokers that were tried, as configured.
        brokers: String,
        /// What librdkafka last said of them.
        reason: String,
    },
    /// A broker answered and refused who we are.
    #[error(
        "{brokers} refuses our credentials ({reason}): check mechanism, user and password, or the certificates"
    )]
    Authentication {
        /// The brokers that were tried, as configured.
        brokers: String,
        /// What the broker or the TLS library said.
        reason: String,
    },
    /// The broker knows us and does not allow it.
    #[error(
        "the broker does not allow {what}: an administrator must grant it (Describe and Read on the topic, Read on the group)"
    )]
    Authorization {
        /// What was asked for.
        what: String,
    },
    /// The topic does not exist, or we may not see it.
    #[error("the broker has no topic {topic}: check its name, or create it")]
    UnknownTopic {
        /// The topic's name.
        topic: String,
    },
    /// Some messages could not be delivered.
    #[error("{failed} of {all} messages were not delivered, the first because: {first}")]
    Delivery {
        /// How many failed.
        failed: u64,
        /// How many were handed over.
        all: u64,
        /// What was said of the first that failed.
        first: String,
    },
    /// The consumer that a bounded producer waits for does not move.
    #[error(
        "nothing was consumed for {waited:?} while {ahead_octets} octets wait: is the consumer running?"
    )]
    ConsumerStalled {
        /// How long the producer has waited.
        waited: Duration,
        /// Octets produced and not yet consumed.
        ahead_octets: u64,
    },
    /// Anything else that librdkafka says.
    #[error("Kafka client: {0}")]
    Client(#[from] KafkaError),
}

impl Error {
    /// Names a failed request about `what` to `brokers`; `heard` is what the client said meanwhile.
    pub(crate) fn of_request(
        error: KafkaError,
        brokers: &str,
        what: &str,
        heard: Option<String>,
    ) -> Self {
        let brokers = brokers.to_owned();
        let Some(code) = error.rdkafka_error_code() else {
            return Self::Client(error);
        };
        let reason = heard.unwrap_or_else(|| code.to_string());
        match code {
            Code::Authentication | Code::SaslAuthenticationFailed | Code::SSL => {
                Self::Authentication { brokers, reason }
            }
            code if is_authorization(code) => Self::Authorization {
                what: what.to_owned(),
            },
            Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition => {
                Self::UnknownTopic {
                    topic: what.to_owned(),
                }
            }
            Code::BrokerTransportFailure
            | Code::OperationTimedOut
            | Code::AllBrokersDown
            | Code::Resolve => Self::Unreachable { brokers, reason },
            _ => Self::Client(error),
        }
    }
}

/// Whether the broker refused a right rather than an identity.
pub(crate) fn is_authorization(code: Code) -> bool {
    matches!(
        code,
        Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed
    )
}
