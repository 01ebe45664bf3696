//! One setting to paste, with all that belongs to it.

use crate::policy::presets::Verified;

/// The day on which sources were last read that have no day of their own.
pub(super) const READ_ON: &str = "2026-11-25";

/// Settings of one target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    /// Id of the target.
    pub target: &'static str,
    /// Its name, in words.
    pub title: &'static str,
    /// The hop that is to be set. `None`: an end, or a box of which the path says nothing.
    pub hop: Option<String>,
    /// What the settings change, with the numbers.
    pub changes: String,
    /// What to paste. Empty: nothing is to be set, and `changes` says why.
    pub settings: Vec<Snippet>,
    /// When and how it takes effect.
    pub apply: &'static str,
    /// How to see that it did.
    pub check: &'static str,
    /// What the reader must know before.
    pub mind: Vec<String>,
    /// Where the names, units and ranges were read.
    pub sources: &'static [Source],
    /// When they were read.
    pub read_on: &'static str,
}

/// Text for one file or one shell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snippet {
    /// Where it belongs.
    pub place: &'static str,
    /// What it is written in.
    pub language: Language,
    /// The text, with a line feed at its end.
    pub text: String,
}

/// A document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Source {
    /// Its name, and version or date where it has one.
    pub document: &'static str,
    /// Whether what is used here was seen in it.
    pub verified: Verified,
}

impl Source {
    /// What is used here was seen in it on [`READ_ON`].
    pub(super) const fn seen(document: &'static str) -> Self {
        Source { document, verified: Verified::Yes }
    }

    /// Seen in a page that restates it.
    pub(super) const fn restated(document: &'static str) -> Self {
        Source { document, verified: Verified::Secondary }
    }

    /// Known, but not found at hand.
    pub(super) const fn unseen(document: &'static str) -> Self {
        Source { document, verified: Verified::Unverified }
    }
}

/// What a snippet is written in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Language {
    /// A file of `/etc/sysctl.d`.
    Sysctl,
    /// A POSIX shell.
    Shell,
    /// PowerShell.
    PowerShell,
    /// A file for regedit.
    Registry,
    /// VBScript for cscript.
    VbScript,
    /// A configuration of HAProxy.
    Haproxy,
    /// A configuration of nginx.
    Nginx,
    /// YAML.
    Yaml,
    /// Key = value.
    Properties,
    /// `ssh_config` and `sshd_config`.
    Ssh,
    /// A connection string.
    ConnectionString,
    /// SQL.
    Sql,
    /// C.
    C,
    /// Python.
    Python,
    /// Go.
    Go,
    /// Java.
    Java,
    /// JavaScript.
    JavaScript,
    /// C#.
    CSharp,
}

impl Language {
    /// All.
    pub const ALL: [Language; 18] = [
        Language::Sysctl,
        Language::Shell,
        Language::PowerShell,
        Language::Registry,
        Language::VbScript,
        Language::Haproxy,
        Language::Nginx,
        Language::Yaml,
        Language::Properties,
        Language::Ssh,
        Language::ConnectionString,
        Language::Sql,
        Language::C,
        Language::Python,
        Language::Go,
        Language::Java,
        Language::JavaScript,
        Language::CSharp,
    ];

    /// The word of machine output.
    pub const fn word(self) -> &'static str {
        match self {
            Language::Sysctl => "sysctl",
            Language::Shell => "shell",
            Language::PowerShell => "powershell",
            Language::Registry => "registry",
            Language::VbScript => "vbscript",
            Language::Haproxy => "haproxy",
            Language::Nginx => "nginx",
            Language::Yaml => "yaml",
            Language::Properties => "properties",
            Language::Ssh => "ssh",
            Language::ConnectionString => "connection-string",
            Language::Sql => "sql",
            Language::C => "c",
            Language::Python => "python",
            Language::Go => "go",
            Language::Java => "java",
            Language::JavaScript => "javascript",
            Language::CSharp => "csharp",
        }
    }
}
