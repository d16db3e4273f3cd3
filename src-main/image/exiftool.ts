import { spawn } from 'node:child_process';
import { exiftoolPath, ExifTool, type ExifToolOptions } from 'exiftool-vendored';
import { messageOf } from '../base/errors';
import type { PhotoFormat } from '../shared/formats';
import type { PhotoMetadata } from './metadata';

/** One process for all photos: starting Perl takes longer than copying. */
let tool: ExifTool | undefined;

/** A large PNG is copied as a whole. */
const timeout = 5 * 60_000;

/** What belongs to the old picture: its size, its way up, small pictures of it, and where further ones lie in its file. */
const outdated = [
  'Orientation',
  'ImageWidth',
  'ImageHeight',
  'ExifImageWidth',
  'ExifImageHeight',
  'RelatedImageWidth',
  'RelatedImageHeight',
  'ThumbnailImage',
  'PreviewImage',
  'JpgFromRaw',
  'OtherImage',
  'PhotoshopThumbnail',
  'IFD1:all',
  'MPF:all',
  'XMP-GContainer:all',
  'XMP-hdrgm:all',
  'XMP-dc:Format',
];

/**
 * Left to itself, exiftool waits for its next photo for ever when the process that it works for has been killed. On
 * Windows, where it is a program of its own, it still does.
 */
const endsWithUs: Partial<ExifToolOptions> =
  process.platform === 'win32'
    ? {}
    : {
        processFactory: async () => {
          const guard =
            'my $parent = getppid; $SIG{ALRM} = sub { exit if getppid != $parent; alarm 1 }; alarm 1; ' +
            '$0 = shift; do $0; die $@ if $@';
          return spawn('perl', ['-e', guard, await exiftoolPath(), '-stay_open', 'True', '-@', '-']);
        },
      };

/** Where WebP and AVIF, which have no IPTC, keep the same. */
const iptcAsXmp = [
  'XMP-dc:Description<IPTC:Caption-Abstract',
  'XMP-dc:Subject<IPTC:Keywords',
  'XMP-dc:Title<IPTC:ObjectName',
  'XMP-dc:Creator<IPTC:By-line',
  'XMP-dc:Rights<IPTC:CopyrightNotice',
  'XMP-photoshop:Credit<IPTC:Credit',
  'XMP-photoshop:Headline<IPTC:Headline',
  'XMP-photoshop:City<IPTC:City',
  'XMP-photoshop:Source<IPTC:Source',
  'XMP-photoshop:State<IPTC:Province-State',
  'XMP-photoshop:Country<IPTC:Country-PrimaryLocationName',
];

/**
 * Copies EXIF, XMP, IPTC and whatever else the photo's file has into a written picture of that size, turned upright and
 * without its old thumbnails. Profiles stay as they are.
 * @returns what could not be kept, in plain words: without exiftool that is what sharp could not carry.
 */
export async function copyMetadata(
  { source, has }: PhotoMetadata,
  file: string,
  format: PhotoFormat,
  { width, height }: { width: number; height: number },
): Promise<string[]> {
  if (source === undefined) return [];
  // In the name of the source exiftool takes % for the start of a pattern.
  const args = ['-overwrite_original', '-TagsFromFile', source.replaceAll('%', '%%'), '-all:all'];
  // A camera's mark of Adobe RGB, which exiftool copies only where it is named.
  args.push('-InteropIndex');
  if (has?.iptc && (format === 'webp' || format === 'avif'))
    args.push(...iptcAsXmp.map((copy) => `-${copy}`));
  args.push(...outdated.map((name) => `--${name}`));
  if (has?.exif) args.push('-IFD0:Orientation#=1', `-ExifImageWidth=${width}`, `-ExifImageHeight=${height}`);
  try {
    tool ??= new ExifTool({ maxProcs: 1, useMWG: false, taskTimeoutMillis: timeout, ...endsWithUs });
    await tool.write(file, { ThumbnailImage: null }, { writeArgs: args });
    return [];
  } catch (error) {
    const message = messageOf(error);
    if (/nothing to do|no writable tags/i.test(message)) return [];
    const why = /perl/i.test(message) ? 'exiftool needs Perl, which is missing' : `exiftool: ${message}`;
    const notes: string[] = [];
    if (has?.exif && format === 'tiff') notes.push(`its EXIF was left out (${why})`);
    else if (has?.exif) notes.push(`of its EXIF only the commonest fields were kept (${why})`);
    if (has?.iptc) notes.push(`its IPTC was left out (${why})`);
    return notes;
  }
}

/** Ends the process; the next copy starts another one. */
export async function endExiftool(): Promise<void> {
  const ended = tool?.end();
  tool = undefined;
  await ended;
}
