export const tailor = {};
