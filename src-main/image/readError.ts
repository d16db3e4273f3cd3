import { messageOf, UserError } from '../base/errors';
import { photoKinds } from '../shared/photoNames';
import { codeOf } from './placeFile';

/** The largest photo that is read, in megapixels: above it the decoded samples do not fit in common machines. */
export const maxMegapixels = 268;

/** What to do about a file of another kind. */
export const readable = `Only ${photoKinds} files can be read.`;

/** What is wrong with a photo that has spots or masks beside its colours. */
export const spareChannels =
  'has more channels than its colours and one for transparency. Save it without the others.';

/** What is wrong with a photo, in plain words, with the file's name. */
export function explainReadError(path: string, error: unknown): Error {
  if (error instanceof UserError) return error;
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UserError(
        path.includes('\ufffd')
          ? `${path} has a name that is not in this system's encoding (UTF-8). Rename it.`
          : `${path} does not exist.`,
      );
    case 'EACCES':
    case 'EPERM':
      return new UserError(`${path} may not be read. Change its permissions.`);
    case 'EISDIR':
      return new UserError(`${path} is a folder.`);
  }
  const message = messageOf(error);
  if (/unsupported image format/i.test(message)) {
    return new UserError(`${path} is not a picture of a known kind. ${readable}`);
  }
  if (/exceeds pixel limit/i.test(message)) {
    return new UserError(`${path} is too large: at most ${maxMegapixels} megapixels can be read.`);
  }
  if (/exceeds channel limit/i.test(message)) return new UserError(`${path} ${spareChannels}`);
  // Decoders that fail at the same time may take each other's words: what is left then is an unknown error.
  if (
    /premature end|truncated|end of (file|stream)|not enough data|read error|unknown error/i.test(message)
  ) {
    return new UserError(
      `${path} is damaged: its end is missing or unreadable. Copy it again from its source.`,
    );
  }
  if (/corrupt header/i.test(message)) return new UserError(`${path} is damaged: its header cannot be read.`);
  return new UserError(`${path} cannot be read (${message.split('\n')[0]?.trim() ?? ''}).`);
}
