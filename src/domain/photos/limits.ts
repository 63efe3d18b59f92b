/** Photos in the album of an account. */
export const ALBUM_PHOTOS = 1_000
/** Photos in one answer, and in one call that deletes some. */
export const PHOTOS_PER_PAGE = 100
export const PHOTOS_DELETED = 100
