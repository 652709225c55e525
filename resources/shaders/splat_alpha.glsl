// How much of a Gaussian covers a point `offset` standard deviations away from its centre.
#ifdef COARSE
const float FAINTEST = 1.0 / 32.0;  // nearly half of the pixels, for a rim that motion hides
#else
const float FAINTEST = 1.0 / 255.0;
#endif
const float OPAQUEST = 0.99;
const float SOLID = 0.05;           // more than that counts as a surface (MeGA's near depths)

float splat_alpha(float opacity, vec2 offset) {
    float alpha = min(OPAQUEST, opacity * exp(-0.5 * dot(offset, offset)));
    // Nothing added is nothing seen, and cheaper than a discard on software rasterisers.
    return alpha < FAINTEST ? 0.0 : alpha;
}
