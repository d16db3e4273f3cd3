import type { Source } from './things';

// What the desktop app's main process, its preload script and its page agree on.

/** Where the page comes from: a scheme of our own, so that it has an origin that nothing else shares. */
export const pageOrigin = 'app://pixel-tailor';

/** The message that brings the page its end of the line, as a port. */
export const lineMessage = 'engine';

/** The one thing that the page's preload script asks the main process for. */
export const dropChannel = 'drop';

/** What the page finds as `window.pixelTailor`. */
export interface Desktop {
  /**
   * Tokens of the files and folders that were dropped or pasted; what is no file on the disk is left out. The files must
   * be in a plain array: nothing else passes between the page and its preload script.
   */
  tokensOf: (files: File[]) => Promise<Source[]>;
}
