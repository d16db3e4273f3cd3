import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodePhoto } from '../../src-main/image/encode';
import type { PhotoFormat } from '../../src-main/shared/formats';
import type { Pixels } from '../../src-main/image/pixels';
import { leaves, temporaryFolder } from '../image/samples';

/** Makes fresh folders, with shorthands for what lies in them. */
export function photoPlaces() {
  const root = temporaryFolder();
  let cases = 0;
  return () => {
    const folder = join(root, `case ${++cases}`);
    mkdirSync(folder);
    const at = (name: string): string => join(folder, name);
    return {
      at,
      photo: async (name: string, pixels: Pixels = leaves(20, 14, cases)): Promise<string> => {
        mkdirSync(dirname(at(name)), { recursive: true });
        const format = ({ jpg: 'jpeg', tif: 'tiff' } as Record<string, PhotoFormat>)[name.slice(-3)] ?? 'png';
        await encodePhoto(pixels, {}, at(name), { format });
        return at(name);
      },
      files: (name = '.'): string[] => {
        const all = readdirSync(at(name), { recursive: true, withFileTypes: true });
        const paths = all
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name));
        return paths.map((path) => path.slice(at(name).length + 1).replaceAll('\\', '/')).sort();
      },
    };
  };
}
