//! A browser to itself, through the WebDriver protocol (W3C) and ChromeDriver's additions.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Names of the browser, by system, with the path where ChromeDriver is to find it.
const BROWSERS: [&str; 3] = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];

/// A phone and a desktop.
pub const WIDTHS: [u32; 2] = [375, 1280];

/// The key of the WebDriver protocol for Enter.
pub const ENTER: &str = "\u{e007}";

/// A headless browser, ended with this value.
pub struct Browser {
    driver: Child,
    session: String,
    _profile: tempfile::TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = minreq::delete(&self.session).with_timeout(10).send();
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn answers(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// The value that ChromeDriver answers with; `Err`: what it says went wrong.
fn ask(request: minreq::Request) -> Result<Value, String> {
    let answer = request.with_timeout(60).send().map_err(|error| error.to_string())?;
    let mut body: Value = serde_json::from_slice(answer.as_bytes()).map_err(|error| error.to_string())?;
    let value = body["value"].take();
    match answer.status_code {
        200 => Ok(value),
        _ => Err(value["message"].to_string()),
    }
}

impl Browser {
    /// `None`, said loudly, where there is none.
    pub fn start() -> Option<Browser> {
        let program = BROWSERS.into_iter().find(|browser| answers(browser));
        let Some(program) = program.filter(|_| answers("chromedriver")) else {
            let missing = "chromium or chromedriver is missing: apt-get install chromium chromium-driver";
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{missing}");
            eprintln!("SKIPPED: {missing}");
            return None;
        };
        let mut driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            line.split_once("started successfully on port ")
                .map(|(_, port)| port.trim_matches('.').to_owned())
        });
        // Its pipe must not fill.
        std::thread::spawn(move || lines.for_each(drop));
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Browser { driver, session: String::new(), _profile: profile };
        let sessions = format!("http://127.0.0.1:{}/session", port.expect("ChromeDriver names its port"));
        let words = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &format!("--user-data-dir={}", browser._profile.path().display()),
        ];
        let options = json!({
            "goog:chromeOptions": { "binary": program, "args": words },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let wanted = json!({ "capabilities": { "alwaysMatch": options } });
        let session = ask(minreq::post(&sessions).with_body(wanted.to_string())).unwrap();
        browser.session = format!("{sessions}/{}", session["sessionId"].as_str().unwrap());
        // The page of a new tab asks for things.
        browser.post("url", json!({ "url": "about:blank" }));
        browser.requests();
        Some(browser)
    }

    fn post(&self, what: &str, body: Value) -> Value {
        let request = minreq::post(format!("{}/{what}", self.session)).with_body(body.to_string());
        ask(request).unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// A command of the Chrome DevTools protocol.
    pub fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post("goog/cdp/execute", json!({ "cmd": command, "params": parameters }))
    }

    /// Opens a file as one does by hand, on a screen of this width, with this theme of the system.
    pub fn open(&self, file: &Path, width: u32, theme: &str) {
        let screen = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", screen);
        self.media("screen", theme);
        self.post("url", json!({ "url": format!("file://{}", file.display()) }));
    }

    pub fn media(&self, media: &str, theme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "media": media, "features": features }));
    }

    /// What a script returns; `arguments[0]` is `argument`.
    pub fn run(&self, script: &str, argument: Value) -> Value {
        self.post("execute/sync", json!({ "script": script, "args": [argument] }))
    }

    /// What an expression is.
    pub fn value(&self, expression: &str) -> Value {
        self.run(&format!("return {expression};"), Value::Null)
    }

    /// What a promise becomes.
    pub fn awaited(&self, promise: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; ({promise}).then(done, error => done(String(error)));"
        );
        self.post("execute/async", json!({ "script": script, "args": [] }))
    }

    fn element(&self, selector: &str) -> String {
        let found = self.post("element", json!({ "using": "css selector", "value": selector }));
        let id = found.as_object().and_then(|id| id.values().next()).and_then(Value::as_str);
        id.unwrap_or_else(|| panic!("{selector}: {found}")).to_owned()
    }

    /// A click where the element is, as a mouse makes it: refused when something lies over it.
    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.post(&format!("element/{element}/click"), json!({}));
    }

    /// Types into the element, which has the focus then.
    pub fn keys(&self, selector: &str, keys: &str) {
        let element = self.element(selector);
        self.post(&format!("element/{element}/value"), json!({ "text": keys }));
    }

    /// The page as PDF, base64.
    pub fn printed(&self) -> String {
        self.post("print", json!({ "background": true })).as_str().unwrap().to_owned()
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        self.post("se/log", json!({ "type": kind })).as_array().cloned().unwrap_or_default()
    }

    /// What the console says since it was last asked.
    pub fn console(&self) -> Vec<String> {
        self.log("browser").iter().map(|entry| entry["message"].to_string()).collect()
    }

    /// Addresses asked for since this was last called.
    pub fn requests(&self) -> Vec<String> {
        let message = |entry: &Value| serde_json::from_str::<Value>(entry["message"].as_str()?).ok();
        self.log("performance")
            .iter()
            .filter_map(message)
            .map(|message| message["message"].clone())
            .filter(|message| message["method"] == "Network.requestWillBeSent")
            .map(|message| message["params"]["request"]["url"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}
