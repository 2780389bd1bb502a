//! A real broker for tests: the one that `COREWATCH_TEST_BROKERS` names, or an Apache Kafka started here.
//!
//! Starting one needs Java 17 and the jars in `target/kafka-libs`, which Maven fetches if they are not there. Without
//! either a test says `skipped: no broker (…)` and passes, unless `CI=true` or `COREWATCH_REQUIRE_BROKER=1`.
//!
//! A broker listens on loopback only and keeps its files under `target/tmp`. A shell stands between it and the tests and
//! reads a pipe of ours: when the pipe ends, because the test or its whole process did, the shell kills the broker and
//! removes its files.

use std::collections::hash_map::RandomState;
use std::env;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use kafka::{Admin, Cluster, ConsumerSettings, Position, ProducerSettings, TopicPartition};

const STARTS_WITHIN: Duration = Duration::from_secs(90);
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// Below the ephemeral ports, so that no client's connection takes a port between a kill and a restart.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A small heap and a quick start; one compiler is enough for what tests ask of it.
#[rustfmt::skip]
const JVM: [&str; 5] = ["-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"];

/// Runs its arguments from the third on as the broker, with the log in `$1/broker.log`, until a line or the end comes on
/// standard input. It outlives Ctrl-C, which reaches the whole terminal. Only the line `keep` spares the files.
const KEEPER: &str = r#"
trap '' INT TERM HUP
folder=$1
shift
"$@" >>"$folder/broker.log" 2>&1 </dev/null &
read -r last
kill -9 $!
wait $! 2>/dev/null
[ "$last" = keep ] || rm -rf -- "$folder"
"#;

/// A broker that answers.
pub struct Broker {
    bootstrap: String,
    local: Option<Local>,
}

impl Broker {
    /// The broker that all tests of this process share; none: the reason is printed.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Result<Broker, String>> = OnceLock::new();
        let broker = SHARED.get_or_init(|| match env::var("COREWATCH_TEST_BROKERS") {
            Ok(bootstrap) if !bootstrap.is_empty() => Ok(Self {
                bootstrap,
                local: None,
            }),
            _ => Self::launch(),
        });
        broker.as_ref().map_err(|reason| skip(reason)).ok()
    }

    /// A broker of the test's own, to kill and restart.
    pub fn start() -> Option<Self> {
        Self::launch().map_err(|reason| skip(&reason)).ok()
    }

    fn launch() -> Result<Self, String> {
        let local = Local::create(&jars()?)?;
        local.run()?;
        let bootstrap = format!("127.0.0.1:{}", local.port);
        let broker = Self {
            bootstrap,
            local: Some(local),
        };
        broker.wait_until_ready()?;
        Ok(broker)
    }

    /// Settings of a consumer of `group`, whose death is noticed within 6 seconds.
    pub fn consumer(&self, group: &str) -> ConsumerSettings {
        let mut settings = self.client();
        settings.group_id = Some(group.to_owned());
        for (key, value) in [
            ("session.timeout.ms", "6000"),
            ("heartbeat.interval.ms", "300"),
        ] {
            settings.client.insert(key.to_owned(), value.to_owned());
        }
        settings
    }

    /// Settings of a client that is back soon after the broker is: 10 seconds by default.
    fn client(&self) -> ConsumerSettings {
        let mut settings = ConsumerSettings::new(&self.bootstrap);
        settings
            .client
            .insert("reconnect.backoff.max.ms".to_owned(), "500".to_owned());
        settings
    }

    /// Settings of a producer.
    pub fn producer(&self) -> ProducerSettings {
        ProducerSettings {
            brokers: self.bootstrap.clone(),
            ..ProducerSettings::default()
        }
    }

    /// A client that asks.
    pub fn cluster(&self) -> Cluster {
        Cluster::new(&self.client(), ANSWERS_WITHIN).expect("a client")
    }

    /// A client that changes topics.
    pub fn admin(&self) -> Admin {
        Admin::new(&self.client(), ANSWERS_WITHIN).expect("a client")
    }

    /// Makes a topic of `partition_count` partitions whose name begins with `name` and is used by nobody else; returns the
    /// name.
    pub fn create_topic(&self, name: &str, partition_count: i32) -> String {
        let topic = format!("{name}.{:08x}", random() >> 32);
        let made = self.admin().create_topic(&topic, partition_count, &[]);
        assert!(made.expect("the topic is made"), "{topic} was there");
        topic
    }

    /// Forgets what lies below `before`, as retention would.
    pub fn delete_records(&self, topic: &str, partition: i32, before: i64) {
        let partition = TopicPartition::new(topic, partition);
        let before = Position {
            partition,
            next_offset: before,
        };
        self.admin()
            .delete_records(&before)
            .expect("records are deleted");
    }

    /// Kills it as a power cut would. What it acknowledged stays.
    pub fn kill(&self) {
        self.local().kill();
    }

    /// Starts it again after [`Self::kill`], at the same address.
    pub fn restart(&self) {
        self.local().run().expect("the broker runs");
        self.wait_until_ready().expect("the broker is back");
    }

    fn local(&self) -> &Local {
        self.local
            .as_ref()
            .expect("a broker that was started here: Broker::start()")
    }

    /// Waits for Metadata, then warms up: a fresh broker makes its first group wait 3 seconds.
    fn wait_until_ready(&self) -> Result<(), String> {
        let deadline = Instant::now() + STARTS_WITHIN;
        while TcpStream::connect(&self.bootstrap).is_err() {
            if Instant::now() > deadline {
                return Err(self.local().last_words());
            }
            thread::sleep(Duration::from_millis(20));
        }
        let cluster = self.cluster();
        let nothing = [TopicPartition::new("warm-up", 0)];
        loop {
            let answer = cluster
                .topics()
                .and_then(|_| cluster.committed("warm-up", &nothing));
            match answer {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > deadline => return Err(error.to_string()),
                Err(_) => thread::sleep(Duration::from_millis(50)),
            }
        }
    }
}

/// Says that a test does nothing, or fails it where a broker is required.
fn skip(reason: &str) {
    let required = |name| env::var(name).is_ok_and(|value| value == "true" || value == "1");
    let is_required = required("CI") || required("COREWATCH_REQUIRE_BROKER");
    assert!(
        !is_required,
        "no broker ({reason}), and this run requires one"
    );
    println!("skipped: no broker ({reason})");
}

/// A broker started here: its files and its keeper.
struct Local {
    folder: PathBuf,
    jars: PathBuf,
    port: u16,
    keeper: Mutex<Option<Child>>,
}

impl Local {
    /// A new broker with formatted storage, not yet running.
    fn create(jars: &Path) -> Result<Self, String> {
        let folder = scratch().join(format!("broker-{:016x}", random()));
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let port = free_port();
        let (jars, keeper) = (jars.to_owned(), Mutex::new(None));
        let local = Self {
            folder,
            jars,
            port,
            keeper,
        };
        local.configure()?;
        local.format()?;
        Ok(local)
    }

    fn configure(&self) -> Result<(), String> {
        let controller_port = loop {
            let port = free_port();
            if port != self.port {
                break port;
            }
        };
        let text = include_str!("../broker/server.properties")
            .replace("@PORT@", &self.port.to_string())
            .replace("@CONTROLLER_PORT@", &controller_port.to_string())
            .replace("@DATA@", &self.folder.join("data").display().to_string());
        fs::write(self.properties(), text).map_err(|error| error.to_string())
    }

    fn format(&self) -> Result<(), String> {
        let properties = self.properties();
        let done = self
            .java("kafka.tools.StorageTool")
            .args([
                "format",
                "--standalone",
                "--cluster-id",
                &cluster_id(),
                "--config",
            ])
            .arg(properties)
            .output()
            .map_err(|error| format!("java: {error}"))?;
        match done.status.success() {
            true => Ok(()),
            false => Err(format!("format: {}", String::from_utf8_lossy(&done.stderr))),
        }
    }

    fn run(&self) -> Result<(), String> {
        let mut broker = self.java("kafka.Kafka");
        broker.arg(self.properties());
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&self.folder)
            .arg(broker.get_program())
            .args(broker.get_args())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("sh: {error}"))?;
        *self.keeper.lock().expect("no test panicked here") = Some(keeper);
        Ok(())
    }

    /// Has the keeper kill the broker and waits for both. `last` is what it is told: `keep` spares the files.
    fn end(&self, last: &str) {
        let Some(mut keeper) = self.keeper.lock().expect("no test panicked here").take() else {
            return;
        };
        if let Some(mut pipe) = keeper.stdin.take() {
            // A keeper that is gone already has nothing left to do.
            let _gone = writeln!(pipe, "{last}");
        }
        keeper.wait().expect("the keeper ends");
    }

    fn kill(&self) {
        self.end("keep");
    }

    fn java(&self, class: &str) -> Command {
        let mut java = Command::new("java");
        let logging = Path::new(env!("CARGO_MANIFEST_DIR")).join("broker/log4j2.xml");
        java.args(JVM)
            .arg(format!("-Dlog4j2.configurationFile={}", logging.display()))
            // One argument: Java itself reads the star.
            .args(["-cp", &format!("{}/*", self.jars.display()), class]);
        java
    }

    fn properties(&self) -> PathBuf {
        self.folder.join("server.properties")
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(self.folder.join("broker.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        format!(
            "it did not start: {}",
            lines[lines.len().saturating_sub(20)..].join("\n")
        )
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.end("remove");
        // A killed one has no keeper any more.
        let _gone = fs::remove_dir_all(&self.folder);
    }
}

/// The folder of the broker's jars; fetched if it is not there yet.
fn jars() -> Result<PathBuf, String> {
    run(Command::new("java").arg("-version"))?;
    let jars = target().join("kafka-libs");
    let lock = File::create(target().join("kafka-libs.lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    if !jars.is_dir() {
        fetch_jars(&jars)?;
    }
    Ok(jars)
}

/// Fetches beside and renames: a folder of that name is always whole.
fn fetch_jars(jars: &Path) -> Result<(), String> {
    let part = jars.with_extension("part");
    let pom = Path::new(env!("CARGO_MANIFEST_DIR")).join("broker/pom.xml");
    run(Command::new("mvn")
        .args(["-q", "-B", "-f"])
        .arg(pom)
        .arg("dependency:copy-dependencies")
        .arg(format!("-DoutputDirectory={}", part.display())))?;
    fs::rename(&part, jars).map_err(|error| error.to_string())
}

fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.output() {
        Ok(done) if done.status.success() => Ok(()),
        Ok(done) => Err(format!(
            "{program}: {}",
            String::from_utf8_lossy(&done.stdout)
        )),
        Err(error) => Err(format!("{program}: {error}")),
    }
}

fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn target() -> &'static Path {
    scratch().parent().expect("target/tmp lies in target")
}

fn free_port() -> u16 {
    loop {
        let port = PORTS.start + (random() % u64::from(PORTS.end - PORTS.start)) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// 16 octets in base64url without padding. The last letter holds two bits only; the first must not look like an option.
fn cluster_id() -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letter = |count: u64| LETTERS[(random() % count) as usize] as char;
    let middle: String = (0..20).map(|_| letter(64)).collect();
    format!("{}{middle}A", letter(62))
}

/// The standard library's only source of chance.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
