//! The tar format: ustar with PAX, as
//! [POSIX `pax`](https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html) describes them, read and written, bounded.

mod write;

pub use write::{BLOCK, END, directory, file, padding};
