//! The tar format: ustar with PAX, as
//! [POSIX `pax`](https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html) describes them, read and written, bounded.

mod header;
mod pax;
mod read;
#[cfg(test)]
pub(crate) mod testing;
mod write;

pub use header::begins_tar;
pub use read::{Member, MemberKind, ReadError, Reader};
pub use write::{BLOCK, END, directory, file, padding};
