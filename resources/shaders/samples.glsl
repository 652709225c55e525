// Pictures with one value a pixel or several: texelFetch(picture, pixel, sample) reads both, since
// the last argument is the level for the one kind and the sample for the other.
#ifdef MULTISAMPLED
#define SAMPLES sampler2DMS
#else
#define SAMPLES sampler2D
#endif
