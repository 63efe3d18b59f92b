import { tl } from '../tl/factories.ts'
import type * as T from '../tl/schema.d.ts'

/** A photo as it stands in a user. https://core.telegram.org/constructor/userProfilePhoto */
export function profilePhotoView(photo: T.photo, isPersonal: boolean): T.userProfilePhoto {
  const stripped = photo.sizes.find((size) => size._ === 'photoStrippedSize')
  return tl.userProfilePhoto({
    personal: isPersonal,
    hasVideo: photo.videoSizes !== undefined,
    photoId: photo.id,
    strippedThumb: stripped?.bytes,
    dcId: photo.dcId,
  })
}
