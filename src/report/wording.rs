//! How numbers, names and lists are said in prose.
