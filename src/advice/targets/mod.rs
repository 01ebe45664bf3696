//! What can be set, and how each is written.

mod boxes;
mod clouds;
mod context;
mod databases;
mod isa;
mod programs;
mod runtimes;
mod systems;
mod template;

use super::block::{Block, READ_ON, Source};
use super::plan::{HopPlan, Plan};
use crate::policy::presets::{did_you_mean, nearest};
use context::{Context, Draft};
use std::sync::LazyLock;
use template::Template;

/// Something that can be set.
#[derive(Debug)]
pub struct Target {
    /// What the user writes: lower case, digits and hyphens.
    pub id: &'static str,
    /// Its name, in words.
    pub title: &'static str,
    /// Where it is listed.
    pub group: Group,
    /// Presets that stand for it on a path.
    pub presets: &'static [&'static str],
    kind: Kind,
    sources: &'static [Source],
    write: Write,
}

/// How a target writes its settings.
#[derive(Clone, Copy, Debug)]
enum Write {
    /// With what depends on more than numbers.
    Code(fn(&Context) -> Draft),
    /// As a file says.
    Template(&'static Template),
}

/// Where a target is listed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Group {
    /// Operating systems.
    Systems,
    /// Proxies, trackers and gateways.
    Boxes,
    /// Services of cloud providers, and Kubernetes.
    Clouds,
    /// Databases and their drivers.
    Databases,
    /// Protocols with a sign of life of their own.
    Programs,
    /// Programming languages.
    Runtimes,
}

impl Group {
    /// All, in the order in which they are listed.
    pub const ALL: [Group; 6] =
        [Group::Systems, Group::Boxes, Group::Clouds, Group::Databases, Group::Programs, Group::Runtimes];

    /// Its heading.
    pub const fn name(self) -> &'static str {
        match self {
            Group::Systems => "systems",
            Group::Boxes => "proxies and gateways",
            Group::Clouds => "clouds",
            Group::Databases => "databases",
            Group::Programs => "protocols",
            Group::Runtimes => "languages",
        }
    }
}

/// What a target is set to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// TCP keepalive of an end's sockets.
    Probes,
    /// A sign of life that is payload.
    Heartbeat,
    /// The idle timeout of a box on the path.
    Timeout,
}

impl Target {
    /// Its settings for a plan: a block for each hop that it stands for, or else one.
    pub fn blocks(&self, plan: &Plan) -> Vec<Block> {
        let mut hops = self.hops(plan).map(Some).collect::<Vec<_>>();
        if self.kind != Kind::Timeout || hops.is_empty() {
            hops = vec![None];
        }
        hops.into_iter().map(|hop| self.block(&Context { plan, hop })).collect()
    }

    /// Hops that it stands for: by preset, or by name where the path names no preset.
    fn hops<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a HopPlan> {
        plan.hops.iter().filter(|hop| match hop.preset {
            Some(preset) => self.presets.contains(&preset),
            None => hop.name == self.id,
        })
    }

    fn block(&self, context: &Context) -> Block {
        let helps = matches!(self.write, Write::Template(template) if template.helps_without_keepalive());
        let useless = self.kind == Kind::Probes && context.plan.keepalive_is_useless() && !helps;
        // A limit that nobody stated may be longer than any that the path asks for: to set it would make new cuts.
        let unknown = self.kind == Kind::Timeout && context.hop.is_none();
        let mut draft = match (useless, unknown) {
            (true, _) => context.useless(),
            (_, true) => context.left_alone(self.id, self.presets),
            (false, false) => match self.write {
                Write::Code(write) => write(context),
                Write::Template(template) => template.write(context),
            },
        };
        if !useless && !unknown {
            draft.mind.extend(match self.kind {
                Kind::Probes => context.beyond_keepalive(),
                Kind::Heartbeat => None,
                Kind::Timeout => context.place(),
            });
        }
        Block {
            target: self.id,
            title: self.title,
            hop: context.hop.map(|hop| hop.name.clone()),
            changes: draft.changes,
            settings: draft.settings,
            apply: draft.apply,
            check: draft.check,
            mind: draft.mind,
            sources: self.sources,
            read_on: match self.write {
                Write::Code(_) => READ_ON,
                Write::Template(template) => &template.read,
            },
        }
    }

    /// Whether the plan's path has a hop that this target stands for.
    pub fn is_on(&self, plan: &Plan) -> bool {
        self.hops(plan).next().is_some()
    }
}

/// All targets, by group.
pub fn targets() -> &'static [&'static Target] {
    static ALL: LazyLock<Vec<&'static Target>> = LazyLock::new(|| {
        let of_files = template::read_all().filter_map(|(_, target)| target.ok());
        let of_files = of_files.map(|target| &*Box::leak(Box::new(target)));
        let of_code = [
            systems::SYSTEMS,
            isa::ISA,
            boxes::BOXES,
            clouds::CLOUDS,
            databases::DATABASES,
            programs::PROGRAMS,
            runtimes::RUNTIMES,
        ];
        let mut all: Vec<&Target> = of_code.into_iter().flatten().chain(of_files).collect();
        all.sort_by_key(|target| target.group);
        all
    });
    &ALL
}

/// No target has that id.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("there is no advice for '{id}'{}; known: all, {}", did_you_mean(.nearest), known())]
pub struct UnknownTarget {
    /// What was asked for.
    pub id: String,
    /// Ids that look like it, the likeliest first.
    pub nearest: Vec<&'static str>,
}

fn known() -> String {
    targets().iter().map(|target| target.id).collect::<Vec<_>>().join(", ")
}

/// Other words for targets, each with the id.
pub const ALIASES: [(&str, &str); 22] = [
    ("k8s", "kubernetes"),
    ("kube-proxy", "kubernetes"),
    ("postgres", "libpq"),
    ("postgresql", "libpq"),
    ("psql", "libpq"),
    ("mssql", "sql-server"),
    ("sqlserver", "sql-server"),
    ("mariadb", "mysql"),
    ("mongo", "mongodb"),
    ("openldap", "ldap"),
    ("samba", "smb"),
    ("cifs", "smb"),
    ("openssh", "ssh"),
    ("netfilter", "conntrack"),
    ("nlb", "aws-nlb"),
    ("alb", "aws-alb"),
    ("azure", "azure-lb"),
    ("golang", "go"),
    ("nodejs", "node"),
    (".net", "dotnet"),
    ("tmg", "isa"),
    ("google", "gcp"),
];

/// The target with that id, or one that the word is an alias of.
///
/// # Errors
/// [`UnknownTarget`] with the ids that look like it.
pub fn find(id: &str) -> Result<&'static Target, UnknownTarget> {
    let meant = ALIASES.iter().find(|(alias, _)| *alias == id).map_or(id, |(_, meant)| meant);
    targets().iter().copied().find(|target| target.id == meant).ok_or_else(|| UnknownTarget {
        id: id.to_owned(),
        nearest: nearest(id, targets().iter().map(|target| target.id)),
    })
}

#[cfg(test)]
mod tests;
