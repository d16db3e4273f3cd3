export const upscale = {};
