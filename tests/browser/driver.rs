//! The program that drives the browser: one for all tests of this process, on a port of its own.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Ends the driver, and its browsers with it, when the tests end, however they do: their end of the pipe closes.
const KEPT: &str = "chromedriver --port=0 & cat >/dev/null; kill 0";

/// A running driver.
pub struct Driver {
    port: u16,
    /// Holds the end of the pipe.
    _shell: Child,
}

impl Driver {
    /// The one of this process.
    ///
    /// # Panics
    /// Without a driver on this machine: `./tests/run` installs it.
    pub fn shared() -> &'static Driver {
        static DRIVER: OnceLock<Driver> = OnceLock::new();
        DRIVER.get_or_init(Driver::start)
    }

    fn start() -> Driver {
        // What the service logs is seen where a test is looked into: `RUST_LOG=otklik=debug`.
        let log = tracing_subscriber::EnvFilter::from_default_env();
        let _ = tracing_subscriber::fmt().with_env_filter(log).with_writer(std::io::stderr).try_init();
        let mut shell = Command::new("sh");
        shell.args(["-c", KEPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut child = shell.spawn().expect("a shell");
        let mut told = BufReader::new(child.stdout.take().expect("its output")).lines();
        let port = told.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.trim_end_matches('.').rsplit_once("successfully on port ")?;
            port.parse().ok()
        });
        // What else it says is read, so that it never waits for us.
        std::thread::spawn(move || told.for_each(drop));
        let port = port.expect("chromedriver says its port; ./tests/run installs what is missing");
        Driver { port, _shell: child }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
