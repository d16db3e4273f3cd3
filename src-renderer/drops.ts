import { isPhotoName } from '../src-main/shared/photoNames';
import { sourceSchema, type Source } from '../src-main/shared/things';
import { isDesktop } from './engine';

/** What was dropped or pasted, as tokens: at once on the desktop; in a browser the files are copied to the inbox first. */
export async function takeDrop(
  transfer: DataTransfer,
  onProgress: (done: number, all: number) => void,
): Promise<Source[]> {
  if (isDesktop()) return (await window.pixelTailor?.tokensOf([...transfer.files])) ?? [];
  // Entries must be asked for before the first await: afterwards the transfer is empty.
  const files = (await Promise.all([...transfer.items].map(filesOf))).flat();
  return upload(files, onProgress);
}

/** The same for files of an input element. */
export function takeFiles(
  files: readonly File[],
  onProgress: (done: number, all: number) => void,
): Promise<Source[]> {
  return upload(
    files.map((file) => ({ file, way: file.webkitRelativePath || file.name })),
    onProgress,
  );
}

interface Found {
  file: File;
  /** With the folders above it, from the one that was dropped. */
  way: string;
}

async function filesOf(item: DataTransferItem): Promise<Found[]> {
  const entry = item.webkitGetAsEntry();
  if (entry) return filesBelow(entry);
  // A picture from the clipboard is no file on the disk.
  const file = item.getAsFile();
  return file ? [{ file, way: file.name }] : [];
}

async function filesBelow(entry: FileSystemEntry): Promise<Found[]> {
  const way = entry.fullPath.replace(/^\//, '');
  if (entry instanceof FileSystemFileEntry)
    return [
      {
        file: await new Promise<File>((resolve, reject) => {
          entry.file(resolve, reject);
        }),
        way,
      },
    ];
  if (!(entry instanceof FileSystemDirectoryEntry)) return [];
  const reader = entry.createReader();
  const found: Found[] = [];
  // A reader hands out at most a hundred entries at a time.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0) return found;
    found.push(...(await Promise.all(some.map(filesBelow))).flat());
  }
}

/** What is worth copying out of a folder: a whole one may hold films and programs beside the photos. */
const isOfUse = ({ file, way }: Found): boolean =>
  !way.includes('/') ||
  (!file.name.startsWith('.') && (isPhotoName(file.name) || /\.onnx$/i.test(file.name)));

async function upload(
  found: readonly Found[],
  onProgress: (done: number, all: number) => void,
): Promise<Source[]> {
  const files = found.filter(isOfUse);
  const drop = crypto.randomUUID();
  const sources = new Map<string, Source>();
  for (const [i, { file, way }] of files.entries()) {
    onProgress(i, files.length);
    const path = way.split('/').map(encodeURIComponent).join('/');
    const answer = await fetch(`/inbox/${drop}/${path}`, { method: 'PUT', body: file });
    if (!answer.ok) throw new Error(`${file.name}: ${await answer.text()}`);
    const source = sourceSchema.parse(await answer.json());
    sources.set(source.token, source);
  }
  return [...sources.values()];
}
