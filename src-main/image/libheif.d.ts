/** What we use of the WebAssembly build of libheif, which comes without types. Each call makes an instance of its own. */
declare module 'libheif-js/libheif-wasm/libheif-bundle.js' {
  /** A result, or an error with its `code` and `message`. */
  interface HeifError {
    code: { value: number };
    message: string;
  }

  interface DecodedImage {
    image: object;
    width: number;
    height: number;
    channels: { width: number; height: number; stride: number; data: Uint8Array }[];
  }

  interface LibHeif {
    heif_context_alloc(): number;
    heif_get_disabled_security_limits(): number;
    heif_context_set_security_limits(context: number, limits: number): unknown;
    heif_context_read_from_memory(context: number, bytes: Uint8Array): HeifError;
    heif_js_context_get_primary_image_handle(context: number): object | HeifError;
    heif_js_decode_image2(handle: object, colourspace: unknown, chroma: unknown): DecodedImage | HeifError;
    heif_image_release(image: object): void;
    heif_image_handle_release(handle: object): void;
    heif_context_free(context: number): void;
    heif_colorspace: { heif_colorspace_RGB: unknown };
    heif_chroma: { heif_chroma_interleaved_RGB: unknown; heif_chroma_interleaved_RGBA: unknown };
  }

  export default function libheif(): LibHeif;
}
