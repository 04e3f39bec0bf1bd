//! Objects in a local folder. object_store's own leaves what was written to the system's memory;
//! here rows are deleted once an object is written, so it must be on the disk before.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use domain::Time;

use super::port::{Done, Entry, ObjectError, Objects, checked, failed, missing};

/// What is being written has a name that begins with a point, which no object's does.
const PARTIAL: &str = ".partial-";

/// A folder; it is made with its first object.
pub struct Folder(Arc<Root>);

struct Root {
    path: PathBuf,
    place: String,
    /// Tells apart what this process writes at once.
    writes: AtomicU64,
}

impl Folder {
    /// Objects under `path`.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let place = path.display().to_string();
        Self(Arc::new(Root { path, place, writes: AtomicU64::new(0) }))
    }

    fn run<'a, T: Send + 'static>(
        &'a self,
        path: &'a str,
        work: impl FnOnce(&Root, &str) -> Result<T, ObjectError> + Send + 'static,
    ) -> Done<'a, T> {
        let (root, name) = (Arc::clone(&self.0), path.to_owned());
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(move || work(&root, &name)).await;
            done.unwrap_or_else(|error| Err(failed(&self.0.place, path, error)))
        })
    }
}

impl Objects for Folder {
    fn place(&self) -> &str {
        &self.0.place
    }

    fn put<'a>(&'a self, path: &'a str, bytes: Bytes) -> Done<'a, ()> {
        self.run(path, move |root, name| {
            let full = root.full(name)?;
            root.write(&full, &bytes).map_err(|error| root.error(name, &error))
        })
    }

    fn get<'a>(&'a self, path: &'a str, range: Option<Range<u64>>) -> Done<'a, Bytes> {
        self.run(path, move |root, name| {
            let full = root.full(name)?;
            read(&full, range).map(Into::into).map_err(|error| root.error(name, &error))
        })
    }

    fn length<'a>(&'a self, path: &'a str) -> Done<'a, u64> {
        self.run(path, |root, name| {
            let meta = fs::metadata(root.full(name)?).map_err(|error| root.error(name, &error))?;
            if meta.is_file() { Ok(meta.len()) } else { Err(missing(&root.place, name)) }
        })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Done<'a, Vec<Entry>> {
        self.run(prefix, |root, prefix| {
            let mut found = Vec::new();
            let start = root.path.join(prefix.trim_end_matches('/'));
            match root.walk(&start, &mut found) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(failed(&root.place, prefix, error))
                }
                _ => {
                    found.sort_by(|one, other| one.path.cmp(&other.path));
                    Ok(found)
                }
            }
        })
    }

    fn delete<'a>(&'a self, path: &'a str) -> Done<'a, ()> {
        self.run(path, |root, name| match fs::remove_file(root.full(name)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(root.error(name, &error)),
            _ => Ok(()),
        })
    }
}

impl Root {
    fn full(&self, name: &str) -> Result<PathBuf, ObjectError> {
        checked(&self.place, name).map(|()| self.path.join(name))
    }

    fn error(&self, name: &str, error: &io::Error) -> ObjectError {
        match error.kind() {
            io::ErrorKind::NotFound => missing(&self.place, name),
            _ => failed(&self.place, name, error),
        }
    }

    /// Writes beside the final name, and gives it that when all is on the disk.
    fn write(&self, full: &Path, bytes: &[u8]) -> io::Result<()> {
        let folder = full.parent().unwrap_or(&self.path);
        let made = first_missing(folder);
        fs::create_dir_all(folder)?;
        let number = self.writes.fetch_add(1, Ordering::Relaxed);
        let partial = folder.join(format!("{PARTIAL}{}-{number}", std::process::id()));
        let written = File::create(&partial).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&partial, full)
        });
        if let Err(error) = written {
            // The error to tell is the first one.
            let _ = fs::remove_file(&partial);
            return Err(error);
        }
        // A name, and each new folder on the way to it, is on the disk when the folder above is.
        let top = made.as_deref().and_then(Path::parent).unwrap_or(folder);
        for folder in folder.ancestors() {
            File::open(folder)?.sync_all()?;
            if folder == top {
                break;
            }
        }
        Ok(())
    }

    fn walk(&self, folder: &Path, found: &mut Vec<Entry>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            let meta = match entry.metadata() {
                // It was there a moment ago.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                meta => meta?,
            };
            if meta.is_dir() {
                self.walk(&entry.path(), found)?;
            } else if let Ok(path) = entry.path().strip_prefix(&self.path) {
                let since = meta.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
                let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
                let modified = Time::default().plus_micros(micros);
                let path = path.to_string_lossy().into_owned();
                found.push(Entry { path, bytes: meta.len(), modified });
            }
        }
        Ok(())
    }
}

/// The topmost folder on the way that is not there yet.
fn first_missing(folder: &Path) -> Option<PathBuf> {
    let missing = folder.ancestors().take_while(|folder| !folder.exists());
    missing.last().map(Path::to_path_buf)
}

fn read(full: &Path, range: Option<Range<u64>>) -> io::Result<Vec<u8>> {
    let mut file = File::open(full)?;
    let Some(range) = range else {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        return Ok(bytes);
    };
    let wanted = range.end.saturating_sub(range.start);
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(range.start))?;
    if file.take(wanted).read_to_end(&mut bytes)? as u64 == wanted {
        return Ok(bytes);
    }
    Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is shorter than it should be"))
}
