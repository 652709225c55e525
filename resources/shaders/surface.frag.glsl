// What a later pass needs to colour a point of the mesh: place in the atlas, distance in metres (0
// where nothing is), and how much the headlight shows of it.
#include "headlight.glsl"

centroid in vec2 atlas;
centroid in float metres;
in vec3 surface_normal;
in vec3 to_eye;

out vec4 point;

void main() {
    point = vec4(atlas, metres, headlight(surface_normal, to_eye));
}
