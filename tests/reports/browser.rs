//! A page in a headless Chromium, which takes orders over a pipe and answers over another.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// Long enough for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the browser is called: by Debian, by Google, and by Ubuntu.
const NAMES: [&str; 3] = ["chromium", "google-chrome", "chromium-browser"];

/// The browser reads orders from descriptor 3 and answers on descriptor 4, which the shell makes of the
/// pipes of its own.
const START: &str = "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    orders: ChildStdin,
    messages: Receiver<Value>,
    /// How many orders were given.
    given: u64,
    /// The page that orders are for, once there is one.
    page: Option<String>,
    /// What the browser told without being asked.
    events: Vec<Value>,
    _profile: TempDir,
}

impl Browser {
    /// Opens a file, and waits until all of it is there.
    pub(crate) fn open(path: &Path) -> Self {
        let mut browser = Self::start();
        let target = browser.order("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.order("Target.attachToTarget", attach);
        browser.page = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Network", "Runtime", "Log"] {
            browser.order(&format!("{domain}.enable"), json!({}));
        }
        browser.order("Page.navigate", json!({ "url": format!("file://{}", path.display()) }));
        while browser.told("Page.loadEventFired").next().is_none() {
            let event = browser.next();
            browser.events.push(event);
        }
        browser
    }

    fn start() -> Self {
        let is_there = |name: &&str| {
            let search = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&search).any(|folder| folder.join(name).is_file())
        };
        let Some(name) = NAMES.into_iter().find(is_there) else {
            panic!("no browser is installed: sudo apt-get install chromium");
        };
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut child = Command::new("sh")
            .args(["-c", START, "sh", name, "--headless", "--no-sandbox", "--disable-gpu"])
            .args(["--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let orders = child.stdin.take().expect("a pipe");
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let texts = answers.split(0).map_while(Result::ok);
            let parsed = texts.map_while(|text| serde_json::from_slice(&text).ok());
            parsed.map(|message| sender.send(message)).take_while(Result::is_ok).for_each(drop);
        });
        Self {
            child,
            orders,
            messages,
            given: 0,
            page: None,
            events: Vec::new(),
            _profile: profile,
        }
    }

    /// Gives an order, and waits for what comes of it.
    pub(crate) fn order(&mut self, method: &str, parameters: Value) -> Value {
        self.given += 1;
        let mut order = json!({ "id": self.given, "method": method, "params": parameters });
        if let Some(page) = &self.page {
            order["sessionId"] = page.as_str().into();
        }
        self.orders.write_all(format!("{order}\0").as_bytes()).expect("the browser listens");
        loop {
            let mut message = self.next();
            if message["id"] == self.given {
                assert_eq!(message["error"], Value::Null, "{method}");
                return message["result"].take();
            }
            self.events.push(message);
        }
    }

    fn next(&self) -> Value {
        self.messages.recv_timeout(PATIENCE).expect("the browser goes on")
    }

    /// What an expression of JavaScript comes to in the page.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "returnByValue": true });
        let mut outcome = self.order("Runtime.evaluate", parameters);
        assert_eq!(outcome["exceptionDetails"], Value::Null, "{expression}");
        outcome["result"]["value"].take()
    }

    /// The texts of the elements that a selector finds, as they are shown.
    pub(crate) fn texts(&mut self, selector: &str) -> Vec<String> {
        let texts =
            format!("[...document.querySelectorAll({})].map(e => e.innerText)", json!(selector));
        serde_json::from_value(self.evaluate(&texts)).expect("texts")
    }

    /// The parameters of each event of that name.
    pub(crate) fn told(&self, event: &str) -> impl Iterator<Item = &Value> {
        self.events.iter().filter(move |told| told["method"] == event).map(|told| &told["params"])
    }

    /// Shows the page as somebody would see it who prefers light or dark, in a window of that width.
    pub(crate) fn show(&mut self, scheme: &str, width: u32) {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.order("Emulation.setEmulatedMedia", json!({ "features": [feature] }));
        let window =
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.order("Emulation.setDeviceMetricsOverride", window);
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
