//! A window of the browser: somebody at a screen. Everything waits for what it needs, by looking, and panics after half a minute.

use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::driver::Driver;

/// How long anything may take to come to pass.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a window is opened.
#[derive(Clone, Copy)]
pub struct Screen {
    pub width: u32,
    pub height: u32,
    pub dark: bool,
    pub scripts: bool,
    /// Whether what goes over the wire is written down.
    pub traffic: bool,
}

impl Screen {
    /// A moderator's screen.
    pub const DESK: Screen = Screen { width: 1440, height: 900, dark: false, scripts: true, traffic: false };
    /// The same in the dark.
    pub const DARK: Screen = Screen { dark: true, ..Screen::DESK };
    /// An executor's telephone.
    pub const PHONE: Screen = Screen { width: 360, height: 740, dark: false, scripts: true, traffic: false };
    /// A moderator's screen whose browser runs no scripts.
    pub const PLAIN: Screen = Screen { scripts: false, ..Screen::DESK };
}

/// A window, with a profile of its own.
pub struct Window {
    runtime: Runtime,
    client: Client,
    home: String,
}

/// A command of the browser's own protocol.
#[derive(Debug)]
struct Own(&'static str, Value);

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (ureq::http::Method, Option<String>) {
        (ureq::http::Method::POST, Some(json!({ "cmd": self.0, "params": self.1 }).to_string()))
    }
}

/// What the browser wrote down since it was asked last: into its console (`browser`), or of the wire (`performance`).
#[derive(Debug)]
struct Written(&'static str);

impl WebDriverCompatibleCommand for Written {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (ureq::http::Method, Option<String>) {
        (ureq::http::Method::POST, Some(json!({ "type": self.0 }).to_string()))
    }
}

impl Window {
    /// Opens a window on an address.
    pub fn at(home: &str, screen: Screen) -> Window {
        let mut args = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-gpu".to_owned(),
            "--lang=ru".to_owned(),
            "--hide-scrollbars".to_owned(),
            format!("--window-size={},{}", screen.width, screen.height),
        ];
        if screen.dark {
            args.push("--blink-settings=preferredColorScheme=0".to_owned());
        }
        let mut options = json!({ "args": args });
        if !screen.scripts {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        let mut wanted = Capabilities::new();
        wanted.insert("goog:chromeOptions".to_owned(), options);
        wanted.insert(
            "goog:loggingPrefs".to_owned(),
            json!({ "browser": "ALL", "performance": if screen.traffic { "ALL" } else { "OFF" } }),
        );
        wanted.insert("unhandledPromptBehavior".to_owned(), json!("ignore"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let client = runtime.block_on(async {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(wanted).connect(&Driver::shared().url()).await.expect("a browser opens")
        });
        let window = Window { runtime, client, home: home.to_owned() };
        // A window of the browser has a least width; a telephone is narrower.
        window.own(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": screen.width, "height": screen.height, "deviceScaleFactor": 1, "mobile": false }),
        );
        let scheme = if screen.dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        window.own("Emulation.setEmulatedMedia", json!({ "features": features }));
        window
    }

    /// Fills the form of signing in and sends it.
    pub fn sign_in(&self, login: &str, password: &str) {
        self.go("/sign-in");
        self.fill("input[name=login]", login);
        self.fill("input[name=password]", password);
        self.click("main form button");
    }

    /// Goes to an address of the service.
    #[track_caller]
    pub fn go(&self, path: &str) {
        self.run(self.client.goto(&format!("{}{path}", self.home)), path);
    }

    /// The path and query where the window is.
    pub fn path(&self) -> String {
        let url = self.runtime.block_on(self.client.current_url()).expect("an address");
        url[url::Position::BeforePath..].to_owned()
    }

    /// Waits until the window is where the path begins so.
    #[track_caller]
    pub fn wait_path(&self, path: &str) {
        self.until(&format!("to be at {path}, not {}", self.path()), || self.path().starts_with(path));
    }

    /// Waits for an element.
    #[track_caller]
    pub fn wait(&self, css: &str) {
        self.until(&format!("{css} at {}", self.path()), || self.count(css) > 0);
    }

    /// Waits until an element's text holds this.
    #[track_caller]
    pub fn wait_text(&self, css: &str, part: &str) {
        let mut last = Vec::new();
        let came = self.comes(|| {
            last = self.texts(css);
            last.iter().any(|text| text.contains(part))
        });
        assert!(came, "waited in vain for \"{part}\" in {css} at {}: {last:?}", self.path());
    }

    /// Waits for what must come to pass.
    #[track_caller]
    pub fn until(&self, what: &str, come: impl FnMut() -> bool) {
        assert!(self.comes(come), "waited 30 s in vain for: {what}; the console: {:?}", self.console());
    }

    fn comes(&self, mut come: impl FnMut() -> bool) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while !come() {
            if Instant::now() >= deadline {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        true
    }

    /// How many elements there are.
    pub fn count(&self, css: &str) -> usize {
        self.all(css).len()
    }

    /// What the elements say, as seen.
    pub fn texts(&self, css: &str) -> Vec<String> {
        let all = self.all(css);
        // An element that goes meanwhile says nothing.
        all.iter().filter_map(|one| self.runtime.block_on(one.text()).ok()).collect()
    }

    /// What the first element says, as seen.
    #[track_caller]
    pub fn text(&self, css: &str) -> String {
        self.wait(css);
        self.texts(css).into_iter().next().unwrap_or_default()
    }

    /// An attribute of the first element.
    #[track_caller]
    pub fn attribute(&self, css: &str, name: &str) -> Option<String> {
        let mut found = None;
        // An element that goes in this very moment is looked for anew.
        let came = self.comes(|| {
            let first = self.all(css).into_iter().next();
            found = first.and_then(|one| self.runtime.block_on(one.attr(name)).ok());
            found.is_some()
        });
        assert!(came, "waited 30 s in vain for: {css} at {}; the console: {:?}", self.path(), self.console());
        found.flatten()
    }

    /// Presses the first element with the mouse.
    #[track_caller]
    pub fn click(&self, css: &str) {
        self.wait(css);
        let came = self.comes(|| {
            let first = self.all(css).into_iter().next();
            first.is_some_and(|one| self.runtime.block_on(one.click()).is_ok())
        });
        assert!(came, "{css} cannot be pressed at {}", self.path());
    }

    /// Presses the first link or button, within an element, that says this.
    #[track_caller]
    pub fn click_text(&self, css: &str, says: &str) {
        let came = self.comes(|| {
            let found = self
                .all(css)
                .into_iter()
                .find(|one| self.runtime.block_on(one.text()).is_ok_and(|text| text.contains(says)));
            found.is_some_and(|one| self.runtime.block_on(one.click()).is_ok())
        });
        assert!(came, "no {css} that says {says} can be pressed at {}: {:?}", self.path(), self.texts(css));
    }

    /// Empties a field and types into it.
    #[track_caller]
    pub fn fill(&self, css: &str, text: &str) {
        self.wait(css);
        let field = self.all(css).into_iter().next().expect("it was there");
        self.run(field.clear(), css);
        self.run(field.send_keys(text), css);
    }

    /// Chooses a value of a `select`.
    #[track_caller]
    pub fn choose(&self, css: &str, value: &str) {
        self.wait(css);
        let field = self.all(css).into_iter().next().expect("it was there");
        self.run(field.select_by_value(value), css);
    }

    /// Chooses a file.
    #[track_caller]
    pub fn attach(&self, css: &str, file: &Path) {
        self.wait(css);
        let field = self.all(css).into_iter().next().expect("it was there");
        self.run(field.send_keys(file.to_str().expect("a plain path")), css);
    }

    /// Presses a key by its place on the keyboard, as on one with Russian letters: `press("KeyJ")` types «о».
    pub fn press(&self, code: &str) {
        self.press_with(code, 0);
    }

    /// The same with what is held down: 1 Alt, 2 Ctrl, 8 Shift.
    pub fn press_with(&self, code: &str, held: u8) {
        let (key, number, types) = key(code);
        let mut down =
            json!({ "type": "keyDown", "code": code, "key": key, "windowsVirtualKeyCode": number, "modifiers": held });
        if types && held & 3 == 0 {
            down["text"] = json!(key);
        }
        self.own("Input.dispatchKeyEvent", down);
        let up =
            json!({ "type": "keyUp", "code": code, "key": key, "windowsVirtualKeyCode": number, "modifiers": held });
        self.own("Input.dispatchKeyEvent", up);
    }

    /// Types a text where the cursor is.
    pub fn type_text(&self, text: &str) {
        self.own("Input.insertText", json!({ "text": text }));
    }

    /// Cuts the network, or mends it.
    pub fn network(&self, is_there: bool) {
        self.own("Network.enable", json!({}));
        let conditions =
            json!({ "offline": !is_there, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.own("Network.emulateNetworkConditions", conditions);
    }

    /// A command of the browser's own protocol.
    #[track_caller]
    pub fn own(&self, command: &'static str, params: Value) -> Value {
        self.run(self.client.issue_cmd(Own(command, params)), command)
    }

    /// What a script returns.
    #[track_caller]
    pub fn script(&self, script: &str) -> Value {
        self.run(self.client.execute(script, Vec::new()), script)
    }

    /// What a script returns once it calls `arguments[0]`.
    #[track_caller]
    pub fn script_async(&self, script: &str) -> Value {
        self.run(self.client.execute_async(script, Vec::new()), script)
    }

    /// What the browser complained of since it was asked last: faults of scripts, what the page's policy refused, what failed to load.
    pub fn console(&self) -> Vec<String> {
        let said = self.runtime.block_on(self.client.issue_cmd(Written("browser"))).unwrap_or_default();
        let lines = said.as_array().cloned().unwrap_or_default();
        lines.iter().filter_map(|line| line["message"].as_str().map(str::to_owned)).collect()
    }

    /// How many bytes came over the wire since this was asked last, heads of answers included. For a window that writes it down.
    #[allow(dead_code, reason = "measured by the benches")]
    pub fn received(&self) -> u64 {
        let said = self.runtime.block_on(self.client.issue_cmd(Written("performance"))).unwrap_or_default();
        let events = said.as_array().cloned().unwrap_or_default().into_iter();
        let events = events.filter_map(|line| serde_json::from_str::<Value>(line["message"].as_str()?).ok());
        let (mut bytes, mut streams) = (0, Vec::new());
        for event in events {
            let (method, params) = (&event["message"]["method"], &event["message"]["params"]);
            let length = params["encodedDataLength"].as_f64().map_or(0, |length| length as u64);
            match method.as_str() {
                Some("Network.responseReceived") if params["type"] == "EventSource" => {
                    streams.push(params["requestId"].clone())
                }
                Some("Network.loadingFinished") => bytes += length,
                // What has no end is counted as it comes.
                Some("Network.dataReceived") if streams.contains(&params["requestId"]) => bytes += length,
                _ => {}
            }
        }
        bytes
    }

    /// Draws what is seen into a file, if the environment names a folder for it (`OTKLIK_PICTURES`).
    pub fn picture(&self, name: &str) {
        let Ok(folder) = std::env::var("OTKLIK_PICTURES") else { return };
        let drawn = self.runtime.block_on(self.client.screenshot()).expect("a picture");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), drawn).expect("a file");
    }

    /// Holds the page to WCAG 2.2 AA and good practice, as far as axe-core can tell; and to its own policy: nothing was refused to it.
    #[track_caller]
    pub fn is_accessible(&self) {
        self.script(axe());
        let found = self.script_async(
            "const done = arguments[0]; axe.run(document, { resultTypes: ['violations'] }).then(r => done(r.violations.map(v => \
             v.id + ': ' + v.help + ' ' + v.nodes.slice(0, 5).map(n => n.html.slice(0, 200) + ' ' + n.failureSummary).join(' | '))), e => done([String(e)]))",
        );
        assert_eq!(found, json!([]), "at {}", self.path());
    }

    fn all(&self, css: &str) -> Vec<Element> {
        self.runtime.block_on(self.client.find_all(Locator::Css(css))).unwrap_or_default()
    }

    #[track_caller]
    fn run<T>(&self, what: impl Future<Output = Result<T, CmdError>>, said: &str) -> T {
        self.runtime.block_on(what).unwrap_or_else(|error| panic!("{said}: {error}"))
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.runtime.block_on(self.client.clone().close());
    }
}

/// The letter that a key types with Russian letters on it, its number, and whether it types at all.
fn key(code: &str) -> (String, u32, bool) {
    const LATIN: &str = "qwertyuiopasdfghjklzxcvbnm";
    const RUSSIAN: &str = "йцукенгшщзфывапролдячсмить";
    if let Some(letter) = code.strip_prefix("Key").and_then(|rest| rest.chars().next()) {
        let place = LATIN.chars().position(|latin| latin.eq_ignore_ascii_case(&letter)).expect("a letter");
        let russian = RUSSIAN.chars().nth(place).expect("as many letters");
        return (russian.to_string(), u32::from(letter), true);
    }
    if let Some(digit) = code.strip_prefix("Digit").and_then(|rest| rest.chars().next()) {
        return (digit.to_string(), u32::from(digit), true);
    }
    match code {
        "Enter" => ("\r".to_owned(), 13, true),
        "Escape" => ("Escape".to_owned(), 27, false),
        "Tab" => ("Tab".to_owned(), 9, false),
        "Space" => (" ".to_owned(), 32, true),
        "Slash" => (".".to_owned(), 191, true),
        "ArrowDown" => ("ArrowDown".to_owned(), 40, false),
        "ArrowUp" => ("ArrowUp".to_owned(), 38, false),
        other => panic!("no key {other}"),
    }
}

/// The checker, as its package brings it.
fn axe() -> &'static str {
    static AXE: OnceLock<String> = OnceLock::new();
    AXE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/lib");
        let pythons = std::fs::read_dir(&folder).expect("target/python: ./tests/run makes it");
        let files = pythons
            .filter_map(Result::ok)
            .map(|python| python.path().join("site-packages/axe_playwright_python/axe.min.js"));
        let file =
            files.into_iter().find(|file| file.is_file()).expect("axe-core in target/python: ./tests/run installs it");
        std::fs::read_to_string(file).expect("a readable file")
    })
}
