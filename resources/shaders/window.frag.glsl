// Greatest or least value in a square window; nothing comes in from beyond the border.
uniform sampler2D mask;
uniform int radius;
uniform bool is_greatest;

out float value;

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    ivec2 last = textureSize(mask, 0) - 1;
    ivec2 low = max(pixel - radius, ivec2(0)), high = min(pixel + radius, last);
    value = is_greatest ? 0.0 : 1.0;
    for (int y = low.y; y <= high.y; ++y) {
        for (int x = low.x; x <= high.x; ++x) {
            float here = texelFetch(mask, ivec2(x, y), 0).r;
            value = is_greatest ? max(value, here) : min(value, here);
        }
    }
}
