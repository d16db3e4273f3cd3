import { readFile } from 'node:fs/promises';
import type { DecodedImage, HeifError } from 'libheif-js/libheif-wasm/libheif-bundle.js';
import { UserError } from '../base/errors';
import { blankPixels, type Pixels } from './pixels';

/**
 * Decodes the main picture of a HEIC file, upright, to 8 bits. sharp reads the headers of such files, but no HEVC.
 * UserError naming the file where it is damaged.
 */
export async function decodeHeic(path: string, alpha: boolean): Promise<Pixels> {
  const bytes = await readFile(path);
  // Its memory never shrinks: an instance for each photo gives it back. It takes little of the time that decoding takes.
  const { default: libheif } = await import('libheif-js/libheif-wasm/libheif-bundle.js');
  const heif = libheif();
  const { heif_chroma_interleaved_RGB: rgb, heif_chroma_interleaved_RGBA: rgba } = heif.heif_chroma;
  const context = heif.heif_context_alloc();
  // How large a photo may be was asked already; phones with 200 megapixels make more tiles than these limits allow.
  heif.heif_context_set_security_limits(context, heif.heif_get_disabled_security_limits());
  const read = heif.heif_context_read_from_memory(context, bytes);
  if (read.code.value !== 0) throw damaged(path, read);
  const handle = heif.heif_js_context_get_primary_image_handle(context);
  if (isError(handle)) throw damaged(path, handle);
  const decoded = heif.heif_js_decode_image2(
    handle,
    heif.heif_colorspace.heif_colorspace_RGB,
    alpha ? rgba : rgb,
  );
  if (isError(decoded)) throw damaged(path, decoded);
  const pixels = copyRows(decoded, alpha ? 4 : 3);
  heif.heif_image_release(decoded.image);
  heif.heif_image_handle_release(handle);
  heif.heif_context_free(context);
  return pixels;
}

function isError(result: object): result is HeifError {
  return 'code' in result;
}

function damaged(path: string, { message }: HeifError): UserError {
  return new UserError(`${path} is damaged (${message}). Copy it again from its source.`);
}

/** Rows in libheif's memory are longer than the picture is wide. */
function copyRows({ channels: [plane] }: DecodedImage, channels: 3 | 4): Pixels {
  const { width, height, stride, data } = plane!;
  const pixels = blankPixels(width, height, channels);
  const length = width * channels;
  for (let y = 0; y < height; y++)
    pixels.data.set(data.subarray(y * stride, y * stride + length), y * length);
  return pixels;
}
