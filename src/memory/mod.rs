//! How memory is laid out and asked for, where that decides the speed: lines fetched ahead of their use, huge pages,
//! and lists that grow without being moved. Nothing here changes a result.

pub(crate) mod huge_pages;
mod long_list;
pub(crate) mod prefetch;

pub(crate) use long_list::LongList;
