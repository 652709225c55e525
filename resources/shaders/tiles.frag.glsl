// The farthest that can be seen in each square of pixels; what lies wholly behind it is hidden.
#include "camera.glsl"

uniform sampler2D scene_depth;
uniform int tile_px;

out float farthest_m;

void main() {
    ivec2 low = ivec2(gl_FragCoord.xy) * tile_px;
    ivec2 high = min(low + tile_px, textureSize(scene_depth, 0));
    float farthest = 0.0;
    for (int y = low.y; y < high.y; ++y) {
        for (int x = low.x; x < high.x; ++x) {
            farthest = max(farthest, texelFetch(scene_depth, ivec2(x, y), 0).r);
        }
    }
    farthest_m = farthest < 1.0 ? metres_from_window_depth(farthest) : NOTHING_M;
}
