// Four corners of an oriented quad for each record.
#include "camera.glsl"
#include "splat_alpha.glsl"
#include "splat_data.glsl"

uniform sampler2D places;
uniform sampler2D axes;
uniform sampler2D looks;

flat out vec4 colour_opacity;
noperspective out vec4 offset_depth;  // offset from the centre in standard deviations, depth m, softness m

void main() {
    ivec2 record = data_texel(gl_VertexID >> 2, 1, 0, textureSize(places, 0).x);
    vec4 place = texelFetch(places, record, 0);
    if (place.w == 0.0) {
        colour_opacity = offset_depth = vec4(0.0);
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }
    vec4 axis = texelFetch(axes, record, 0);
    vec4 look = texelFetch(looks, record, 0);
    vec2 corner = vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1) * 2.0 - 1.0;
    float radius = sqrt(2.0 * log(place.w / FAINTEST));

    colour_opacity = vec4(look.rgb, place.w);
    offset_depth = vec4(radius * corner, place.z, look.w);
    vec2 pixel = place.xy + corner.x * axis.xy + corner.y * axis.zw;
    // The depth test may only remove what the soft root would remove as well: test at its front.
    float front = max(place.z - look.w, camera.image.z);
    gl_Position = vec4(ndc_from_pixel(pixel), 2.0 * window_depth(front) - 1.0, 1.0);
}
