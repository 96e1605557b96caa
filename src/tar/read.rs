//! Reads an archive member by member: v7, ustar, PAX and GNU, from anybody.
//!
//! The reader trusts nothing: every header's sum is checked, every extended header is bounded, and an archive that stops before its
//! end marker is an error, because what is missing could be a file. It judges no names and writes no files; that is its caller's part.

use std::fmt;
use std::io::{self, Read, Seek};

use super::header::{Header, text};
use super::pax::Extended;
use super::{BLOCK, padding};

/// The most bytes that an extended header or a long name may have.
const MAX_EXTENDED: u64 = 1 << 20;

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// A regular file; its content follows.
    File,
    /// A directory.
    Directory,
    /// A symbolic link; [`Member::link`] is its target as written.
    Symlink,
    /// Another name for the member that [`Member::link`] names.
    HardLink,
    /// A character device.
    CharacterDevice,
    /// A block device.
    BlockDevice,
    /// A named pipe.
    Fifo,
    /// A kind that no standard knows, by its letter.
    Unknown(u8),
}

/// One member of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name as written: not cleaned, not checked, in no known encoding. Holds no NUL.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: MemberKind,
    /// How many bytes of content follow; at most `i64::MAX`.
    pub size: u64,
    /// Where its content begins, in bytes from where the reader began.
    pub offset: u64,
    /// The target of a symbolic or hard link, as written; else empty.
    pub link: Vec<u8>,
}

/// Why an archive cannot be read on.
#[derive(Debug)]
pub enum ReadError {
    /// The bytes could not be had.
    Io(io::Error),
    /// The bytes are no sound tar.
    Broken {
        /// Where, in bytes from where the reader began.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Broken { offset, what } => write!(f, "at byte {offset}: {what}"),
        }
    }
}

impl std::error::Error for ReadError {}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads the members one after another. As a [`Read`] it gives the content of the member that was read last.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    /// Passes over so many bytes.
    skip: fn(&mut R, u64) -> io::Result<()>,
    offset: u64,
    /// Content of the present member that was not read yet.
    left: u64,
    /// Zeroes behind that content.
    padding: u64,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Reads from a stream; content that is not asked for is read and dropped.
    pub fn new(input: R) -> Self {
        Self::with_skip(input, |input, count| io::copy(&mut input.take(count), &mut io::sink()).map(drop))
    }

    fn with_skip(input: R, skip: fn(&mut R, u64) -> io::Result<()>) -> Self {
        Self { input, skip, offset: 0, left: 0, padding: 0, ended: false }
    }

    /// The next member, or none behind the last. What is left of the present member's content is passed over.
    pub fn next_member(&mut self) -> Result<Option<Member>, ReadError> {
        let mut extended = Extended::default();
        while !self.ended {
            self.pass(self.left + self.padding)?;
            (self.left, self.padding) = (0, 0);
            let start = self.offset;
            let broken = |what: &str| ReadError::Broken { offset: start, what: what.to_owned() };
            let block = self.block()?;
            let header = Header(&block);
            if header.is_zero() {
                self.end()?;
                break;
            }
            if !header.sum_holds() {
                return Err(broken("this is no header of a tar, or a damaged one: its checksum is wrong"));
            }
            let size = header.size().ok_or_else(|| broken("the size of a member is not a number, or too large"))?;
            match header.kind() {
                b'x' | b'X' => {
                    let records = self.extended(size, start)?;
                    extended.add(&records).map_err(|what| broken(&what))?;
                }
                b'L' => extended.name = Some(text(&self.extended(size, start)?).to_vec()),
                b'K' => extended.link = Some(text(&self.extended(size, start)?).to_vec()),
                // Comments on the whole archive, its label, and access lists: nothing that a member's name or content depends on.
                b'g' | b'V' | b'A' => self.content(size),
                b'S' => {
                    let name = String::from_utf8_lossy(&header.name()).escape_debug().to_string();
                    return Err(broken(&format!(
                        "`{name}` is a sparse file, GNU's own extension: pack it without --sparse"
                    )));
                }
                b'M' => return Err(broken("a file that began in another volume of a multi-volume archive")),
                kind => return Ok(Some(self.member(&header, kind, size, extended))),
            }
        }
        Ok(None)
    }

    /// Makes sure that nothing but zeroes stands behind the end of the archive: what else stands there would be lost.
    pub fn only_zeroes_follow(&mut self) -> Result<(), ReadError> {
        let mut buffer = [0; 16 * BLOCK];
        loop {
            let count = match self.input.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            if let Some(at) = buffer[..count].iter().position(|&byte| byte != 0) {
                let what = "more data stands behind the end of the archive".to_owned();
                return Err(ReadError::Broken { offset: self.offset + at as u64, what });
            }
            self.offset += count as u64;
        }
    }

    fn member(&mut self, header: &Header<'_>, kind: u8, size: u64, extended: Extended) -> Member {
        let name = extended.name.unwrap_or_else(|| header.name());
        let size = extended.size.unwrap_or(size);
        let kind = match kind {
            // The oldest writers knew no directories, only a slash.
            b'0' | 0 | b'7' if name.ends_with(b"/") => MemberKind::Directory,
            b'0' | 0 | b'7' => MemberKind::File,
            b'1' => MemberKind::HardLink,
            b'2' => MemberKind::Symlink,
            b'3' => MemberKind::CharacterDevice,
            b'4' => MemberKind::BlockDevice,
            b'5' | b'D' => MemberKind::Directory,
            b'6' => MemberKind::Fifo,
            other => MemberKind::Unknown(other),
        };
        // These have no content, whatever their size field says: some writers put the size of the link's target there.
        let size = if (b'1'..=b'6').contains(&header.kind()) { 0 } else { size };
        let link = match kind {
            MemberKind::HardLink | MemberKind::Symlink => extended.link.unwrap_or_else(|| header.link().to_vec()),
            _ => Vec::new(),
        };
        self.content(size);
        Member { name, kind, size, offset: self.offset, link }
    }

    /// Content of `size` bytes follows; it may be read, and will be passed over.
    const fn content(&mut self, size: u64) {
        self.left = size;
        self.padding = padding(size) as u64;
    }

    /// The content of an extended header or a long name.
    fn extended(&mut self, size: u64, start: u64) -> Result<Vec<u8>, ReadError> {
        if size > MAX_EXTENDED {
            let what = format!("an extended header of {size} bytes; {MAX_EXTENDED} are the most");
            return Err(ReadError::Broken { offset: start, what });
        }
        self.content(size);
        let mut bytes = Vec::new();
        match self.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(cut_off(self.offset)),
            Err(error) => Err(error.into()),
        }
    }

    /// The block behind the first block of zeroes: the second, or the end of a file that lost it.
    fn end(&mut self) -> Result<(), ReadError> {
        self.ended = true;
        let start = self.offset;
        let mut block = [0; BLOCK];
        match read_full(&mut self.input, &mut block)? {
            0 => Ok(()),
            BLOCK if Header(&block).is_zero() => {
                self.offset += BLOCK as u64;
                Ok(())
            }
            _ => {
                let what = "one block of zeroes ends no archive, yet it is no header either".to_owned();
                Err(ReadError::Broken { offset: start, what })
            }
        }
    }

    fn block(&mut self) -> Result<[u8; BLOCK], ReadError> {
        let mut block = [0; BLOCK];
        let count = read_full(&mut self.input, &mut block)?;
        if count < BLOCK {
            return Err(cut_off(self.offset));
        }
        self.offset += BLOCK as u64;
        Ok(block)
    }

    fn pass(&mut self, count: u64) -> io::Result<()> {
        if count > 0 {
            (self.skip)(&mut self.input, count)?;
            self.offset += count;
        }
        Ok(())
    }
}

impl<R: Read + Seek> Reader<R> {
    /// Reads from a file; content that is not asked for is sought over. `input` wants a buffer, such as a
    /// [`BufReader`](std::io::BufReader).
    pub fn seeking(input: R) -> Self {
        Self::with_skip(input, |input, count| {
            // A size is at most `i64::MAX`, yet its padding may go beyond.
            input.seek_relative(i64::try_from(count).map_err(io::Error::other)?)
        })
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        let count = self.input.read(&mut buffer[..wanted])?;
        if count == 0 {
            let what = format!("the archive stops at byte {}, inside a member: it was cut off", self.offset);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
        }
        self.left -= count as u64;
        self.offset += count as u64;
        Ok(count)
    }
}

fn cut_off(offset: u64) -> ReadError {
    ReadError::Broken { offset, what: "the archive does not reach this far: it was cut off".to_owned() }
}

/// Fills the buffer as far as the input reaches.
fn read_full(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests;
