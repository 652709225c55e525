// Which triangle, and how far: triangle number plus one (0: nothing), distance in metres.
#include "camera.glsl"

out vec4 answer;

void main() {
    answer = vec4(float(gl_PrimitiveID) + 1.0, metres_from_window_depth(gl_FragCoord.z), 0.0, 1.0);
}
