//! The catalogue in use: the rows that are compiled in, and those of preset files over them.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{LazyLock, OnceLock};

use super::rows::{PresetFileError, PresetFileFault, RowFault, Rows, parse_preset_file, read_preset_file};
use super::{Endpoint, Middlebox, Origin, Service};

/// A file of the catalogue: the title of its group, its name, its text.
struct Chapter {
    title: &'static str,
    file: &'static str,
    text: &'static str,
}

macro_rules! chapters {
    ($($title:literal: $file:literal),+ $(,)?) => {
        [$(Chapter { title: $title, file: $file, text: include_str!(concat!("catalogue/", $file)) }),+]
    };
}

/// The files in catalogue order. A family of products has a file of its own. Where few of many boxes are named,
/// it is the first ones: what is met most often comes first.
static CHAPTERS: [Chapter; 24] = chapters![
    "Linux and what runs on it": "boxes/linux.toml",
    "Amazon Web Services": "boxes/aws.toml",
    "Microsoft Azure": "boxes/azure.toml",
    "Google Cloud and Oracle Cloud": "boxes/google_oracle.toml",
    "Firewalls and routers with a vendor": "boxes/firewalls.toml",
    "Packet filters of the BSDs": "boxes/bsd.toml",
    "Load balancers to buy": "boxes/balancers.toml",
    "Proxies that terminate TCP": "boxes/proxies.toml",
    "Microsoft gateways and NATs": "boxes/microsoft.toml",
    "NAT standards and access networks as measured": "boxes/access.toml",
    "Other clouds and platforms": "boxes/clouds.toml",
    "Content delivery networks and edges": "boxes/edges.toml",
    "Virtual switches, overlays and containers": "boxes/virtual.toml",
    "Ingress controllers and gateways of requests": "boxes/ingress.toml",
    "Proxies and pools of databases": "boxes/pools.toml",
    "Operating systems": "endpoints/systems.toml",
    "Language runtimes": "endpoints/runtimes.toml",
    "Databases, brokers and remote calls": "endpoints/databases.toml",
    "Tools, web servers and browsers": "endpoints/tools.toml",
    "Directories and file servers": "services/directories.toml",
    "Databases and caches": "services/databases.toml",
    "Brokers, queues and coordination": "services/messaging.toml",
    "Web servers and application servers": "services/web.toml",
    "Mail, files and shells": "services/mail_shell.toml",
];

/// The rows of one kind: all of them in order, and by group.
pub(super) struct Table<R: 'static> {
    pub rows: &'static [R],
    pub groups: &'static [(&'static str, &'static [R])],
}

/// All rows.
pub(super) struct Catalogue {
    pub boxes: Table<Middlebox>,
    pub endpoints: Table<Endpoint>,
    pub services: Table<Service>,
}

/// What rows of all kinds are asked for here.
pub(super) trait Row: Copy {
    const KIND: &'static str;
    fn id(&self) -> &'static str;
    fn origin(&mut self) -> &mut Origin;
}

macro_rules! rows {
    ($($row:ident: $kind:literal),+) => {
        $(impl Row for $row {
            const KIND: &'static str = $kind;

            fn id(&self) -> &'static str {
                self.id
            }

            fn origin(&mut self) -> &mut Origin {
                &mut self.origin
            }
        })+
    };
}

rows!(Middlebox: "a box on the path", Endpoint: "an endpoint", Service: "a service");

static COMPILED_IN: LazyLock<Catalogue> = LazyLock::new(|| {
    let chapters = CHAPTERS.iter().map(|chapter| {
        match parse_preset_file(chapter.text.as_bytes(), |_| Origin::Catalogue) {
            Ok(rows) => (chapter.title, rows),
            // Every file is read by the tests of this module.
            Err(fault) => unreachable!("{}: {fault:?}", chapter.file),
        }
    });
    Catalogue::of(chapters.collect())
});

static WITH_OWN: OnceLock<Catalogue> = OnceLock::new();

/// The catalogue in use.
pub(super) fn in_use() -> &'static Catalogue {
    WITH_OWN.get().unwrap_or(&COMPILED_IN)
}

/// Why preset files could not be added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// One of them cannot be used.
    #[error(transparent)]
    File(#[from] PresetFileError),
    /// It was done before: rows in use do not change.
    #[error("preset files are added once, all together")]
    Twice,
}

/// Adds the rows of preset files to the catalogue of this program. A row with a known id takes its place; of
/// two files, the later one wins. To be called once, before presets are looked up: hops and reports that were
/// made before keep the rows that they were made with.
///
/// # Errors
/// [`AddError`] for the first file that cannot be used; then nothing is added.
pub fn add_preset_files(files: &[PathBuf]) -> Result<(), AddError> {
    let mut catalogue: Option<Catalogue> = None;
    for file in files {
        let rows = read_preset_file(file)?;
        let before = catalogue.as_ref().unwrap_or(&COMPILED_IN);
        let after = before.with(file.display().to_string().leak(), rows).map_err(|(line, problem)| {
            let fault = PresetFileFault::Content { line, column: 1, problem };
            PresetFileError { file: file.clone(), fault: Box::new(fault) }
        })?;
        catalogue = Some(after);
    }
    catalogue.map_or(Ok(()), |catalogue| WITH_OWN.set(catalogue).map_err(|_| AddError::Twice))
}

impl Catalogue {
    fn of(chapters: Vec<(&'static str, Rows)>) -> Catalogue {
        let (mut boxes, mut endpoints, mut services) = (Vec::new(), Vec::new(), Vec::new());
        for (title, rows) in chapters {
            boxes.push((title, rows.boxes));
            endpoints.push((title, rows.endpoints));
            services.push((title, rows.services));
        }
        Catalogue { boxes: Table::of(boxes), endpoints: Table::of(endpoints), services: Table::of(services) }
    }

    /// The same with the rows of the file `title` over it.
    ///
    /// # Errors
    /// The line of the first row that cannot take its place, and why.
    fn with(&self, title: &'static str, rows: Rows) -> Result<Catalogue, (usize, RowFault)> {
        let own: Vec<(&'static str, &'static [&'static str], &'static str, Origin)> = rows
            .boxes
            .iter()
            .map(|row| (row.id, row.aliases, Middlebox::KIND, row.origin))
            .chain(rows.endpoints.iter().map(|row| (row.id, row.aliases, Endpoint::KIND, row.origin)))
            .chain(rows.services.iter().map(|row| (row.id, row.aliases, Service::KIND, row.origin)))
            .collect();
        let ids: HashSet<&str> = own.iter().map(|(id, ..)| *id).collect();
        for (id, aliases, kind, origin) in &own {
            let line = match origin {
                Origin::File { line, .. } => *line,
                Origin::Catalogue => 1,
            };
            for (known, known_aliases, known_kind) in self.names() {
                if known == *id && known_kind != *kind {
                    return Err((line, RowFault::OtherKind { id: (*id).to_owned(), kind: known_kind }));
                }
                // A row that is replaced gives its aliases up.
                let taken = |alias: &&&str| known == **alias || known_aliases.contains(*alias);
                if let Some(alias) = aliases.iter().find(taken).filter(|_| !ids.contains(known)) {
                    return Err((line, RowFault::AliasTaken { alias: (*alias).to_owned(), owner: known }));
                }
            }
        }
        Ok(Catalogue {
            boxes: self.boxes.with(title, rows.boxes),
            endpoints: self.endpoints.with(title, rows.endpoints),
            services: self.services.with(title, rows.services),
        })
    }

    /// Id, aliases and kind of every row.
    fn names(&self) -> impl Iterator<Item = (&'static str, &'static [&'static str], &'static str)> {
        let boxes = self.boxes.rows.iter().map(|row| (row.id, row.aliases, Middlebox::KIND));
        let endpoints = self.endpoints.rows.iter().map(|row| (row.id, row.aliases, Endpoint::KIND));
        let services = self.services.rows.iter().map(|row| (row.id, row.aliases, Service::KIND));
        boxes.chain(endpoints).chain(services)
    }
}

impl<R: Row> Table<R> {
    fn of(groups: Vec<(&'static str, Vec<R>)>) -> Table<R> {
        let sizes: Vec<(&'static str, usize)> =
            groups.iter().map(|(title, rows)| (*title, rows.len())).collect();
        // Rows live as long as the program: whatever was made of one may point to it.
        let rows: &'static [R] = groups.into_iter().flat_map(|(_, rows)| rows).collect::<Vec<R>>().leak();
        let mut rest = rows;
        let mut groups = Vec::new();
        for (title, size) in sizes.into_iter().filter(|(_, size)| *size > 0) {
            let (group, after) = rest.split_at(size);
            groups.push((title, group));
            rest = after;
        }
        Table { rows, groups: groups.leak() }
    }

    /// The same with `own` in a group of their own at the end, and without the rows that these replace.
    fn with(&self, title: &'static str, mut own: Vec<R>) -> Table<R> {
        for row in &mut own {
            let id = row.id();
            if let Origin::File { replaces, .. } = row.origin() {
                *replaces = self.rows.iter().any(|known| known.id() == id);
            }
        }
        let replaced: HashSet<&str> = own.iter().map(Row::id).collect();
        let kept = |row: &&R| !replaced.contains(row.id());
        let mut groups: Vec<(&'static str, Vec<R>)> = self
            .groups
            .iter()
            .map(|(title, rows)| (*title, rows.iter().filter(kept).copied().collect()))
            .collect();
        groups.push((title, own));
        Table::of(groups)
    }
}

#[cfg(test)]
mod tests;
