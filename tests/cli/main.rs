//! The program as a user meets it: words in, pages and exit codes out. One file for each promise; the
//! engine's own claims are tested in the library.

mod advise;
mod bad_words;
mod command;
mod exit_codes;
mod explain;
mod first_screen;
mod formats;
mod help;
mod inputs;
mod outputs;
mod path_check;
mod presets;
mod proof;
mod routes;
mod sides;
mod streams;
mod tune;
mod undecoded;
