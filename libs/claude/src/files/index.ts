export { archiveOf, type ArchiveLimits } from './archive.js';
export { CHANGES, diffSince, type FileChange, type FilesDiff } from './diff.js';
export { FILE_TYPES, type FileEntry } from './file-entry.js';
export { checkedPath, pathOf } from './file-path.js';
export { decoded } from './text-of.js';
export { type Listing, listFolder, openFile, type OpenFile } from './read-file.js';
export { removeFile, type RemoveOptions } from './remove-file.js';
export { type Snapshot, takeSnapshot } from './snapshot.js';
export { writeFile, type WriteOptions, type Written } from './write-file.js';
