// Real spherical harmonics up to degree 3, in the order and signs that Gaussian splatting uses.
// The readable twin is avatar_core/gaussians/harmonics.py.
#include "splat_data.glsl"

uniform sampler2D harmonics;      // all but the constant ones are read from here
uniform sampler2D constants;      // the constant ones, which a deformation may change
uniform int coefficient_count;  // 1, 4, 9 or 16

vec3 coefficient(int gaussian, int index) {
    ivec2 texel = data_texel(gaussian, coefficient_count, index, textureSize(harmonics, 0).x);
    return texelFetch(harmonics, texel, 0).rgb;
}

// Display colour seen along the unit vector `way`, from the eye to the Gaussian.
vec3 harmonic_colour(int gaussian, vec3 way) {
    float x = way.x, y = way.y, z = way.z;
    ivec2 texel = data_texel(gaussian, 1, 0, textureSize(constants, 0).x);
    vec3 sum = 0.5 + 0.28209479177387814 * texelFetch(constants, texel, 0).rgb;
    if (coefficient_count > 1) {
        sum += 0.4886025119029199 * (-y * coefficient(gaussian, 1) + z * coefficient(gaussian, 2)
                                     - x * coefficient(gaussian, 3));
    }
    if (coefficient_count > 4) {
        float xx = x * x, yy = y * y, zz = z * z;
        sum += 1.0925484305920792 * (x * y * coefficient(gaussian, 4)
                                     - y * z * coefficient(gaussian, 5)
                                     - x * z * coefficient(gaussian, 7));
        sum += 0.31539156525252005 * (2.0 * zz - xx - yy) * coefficient(gaussian, 6);
        sum += 0.5462742152960396 * (xx - yy) * coefficient(gaussian, 8);
    }
    if (coefficient_count > 9) {
        float xx = x * x, yy = y * y, zz = z * z;
        sum -= 0.5900435899266435 * y * (3.0 * xx - yy) * coefficient(gaussian, 9);
        sum += 2.890611442640554 * x * y * z * coefficient(gaussian, 10);
        sum -= 0.4570457994644658 * y * (4.0 * zz - xx - yy) * coefficient(gaussian, 11);
        sum += 0.3731763325901154 * z * (2.0 * zz - 3.0 * xx - 3.0 * yy)
               * coefficient(gaussian, 12);
        sum -= 0.4570457994644658 * x * (4.0 * zz - xx - yy) * coefficient(gaussian, 13);
        sum += 1.445305721320277 * z * (xx - yy) * coefficient(gaussian, 14);
        sum -= 0.5900435899266435 * x * (xx - 3.0 * yy) * coefficient(gaussian, 15);
    }
    return max(sum, 0.0);
}
