"""What picture files say of themselves before anything of them is unpacked."""

from avatar_core.picture_headers.sizes import is_cut_png as is_cut_png
from avatar_core.picture_headers.sizes import jpeg_channels as jpeg_channels
from avatar_core.picture_headers.sizes import picture_size as picture_size
from avatar_core.picture_headers.sizes import stated_size as stated_size
from avatar_core.picture_headers.tiff import TiffHeader as TiffHeader
from avatar_core.picture_headers.tiff import is_tiff as is_tiff
from avatar_core.picture_headers.tiff import read_tiff_header as read_tiff_header
