//! Bytes on their way: in memory while they are few, in a file without a name beyond that.
//!
//! A file without a name is gone when the process is, however it ends.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, Write};
use std::path::PathBuf;

use crate::oci::{Blob, Descriptor};

/// The most bytes that stay in memory.
const IN_MEMORY: usize = 4 << 20;

/// Takes bytes until they are wanted back.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: Option<PathBuf>,
    memory: Vec<u8>,
    file: Option<File>,
}

impl Spool {
    /// A spool whose file, if it needs one, is in `folder`, or else where `TMPDIR` says.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, memory: Vec::new(), file: None }
    }

    /// All that was put in, from its beginning.
    pub(crate) fn into_reader(mut self) -> io::Result<Box<dyn Read>> {
        self.flush()?;
        Ok(match self.file {
            Some(mut file) => {
                file.rewind()?;
                Box::new(BufReader::with_capacity(128 << 10, file))
            }
            None => Box::new(Cursor::new(self.memory)),
        })
    }

    pub(super) fn into_blob(mut self, descriptor: Descriptor) -> io::Result<Blob> {
        self.flush()?;
        Ok(match self.file {
            Some(file) => Blob::in_file(descriptor, file),
            None => Blob::in_memory(descriptor, self.memory),
        })
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(file) = &mut self.file {
            return file.write(bytes);
        }
        if self.memory.len() + bytes.len() > IN_MEMORY {
            let mut file = match &self.folder {
                Some(folder) => tempfile::tempfile_in(folder)?,
                None => tempfile::tempfile()?,
            };
            file.write_all(&self.memory)?;
            self.memory = Vec::new();
            return self.file.insert(file).write(bytes);
        }
        self.memory.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::oci::Digest;

    #[test]
    fn what_goes_in_comes_out_from_memory_and_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        for (length, in_memory) in [(0, true), (IN_MEMORY, true), (IN_MEMORY + 1, false), (3 * IN_MEMORY, false)] {
            let content: Vec<u8> = (0..length).map(|i| i.to_le_bytes()[1]).collect();
            let mut spool = Spool::new(Some(folder.path().to_owned()));
            for piece in content.chunks(1 << 20) {
                spool.write_all(piece).unwrap();
            }
            let mut again = Spool::new(Some(folder.path().to_owned()));
            again.write_all(&content).unwrap();
            let mut read = Vec::new();
            again.into_reader().unwrap().read_to_end(&mut read).unwrap();
            assert!(read == content, "{length} bytes");
            let descriptor = Blob::from_bytes("application/octet-stream", content.clone()).descriptor;
            let blob = spool.into_blob(descriptor).unwrap();
            assert_eq!(blob.as_bytes().is_some(), in_memory, "{length} bytes");
            let mut back = Vec::new();
            blob.open().read_to_end(&mut back).unwrap();
            assert_eq!(Digest::of(&back), Digest::of(&content));
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a file with a name was left");
        }
    }
}
