// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    public partial class Structure
    {
        /// <summary>
        /// Adds what a contour encloses to an image plane (Structure.AddContourOnImagePlane: along the plane's normal its
        /// points are ignored). That it adds up with what is there, and becomes voxels, is assumed (row 49).
        /// </summary>
        public void AddContourOnImagePlane(VVector[] contour, int z)
        {
            Draw(contour, z, (there, drawn) => there.Or(drawn));
        }

        /// <summary>Takes what a contour encloses away from an image plane.</summary>
        public void SubtractContourOnImagePlane(VVector[] contour, int z)
        {
            Draw(contour, z, (there, drawn) => there.Sub(drawn));
        }

        /// <summary>Removes all contours of an image plane.</summary>
        public void ClearAllContoursOnImagePlane(int z)
        {
            RequireEditable();
            RequirePlane(z);
            Self[z] = Mask.Empty(Self.Lattice);
            StructureRules.Reshaped(Patients, Self);
        }

        /// <summary>Whether the segment may be edited; the reason where it may not (row 48).</summary>
        public bool CanEditSegmentVolume(out string errorMessage)
        {
            Reading();
            errorMessage = StructureRules.LockingFault(Patients, Self.Set) ?? "";
            return errorMessage.Length == 0;
        }

        /// <summary>Refuses a change of the segment where there must be none (type assumed).</summary>
        private void RequireEditable()
        {
            Writing();
            StructureRules.RequireUnlocked(Patients, Self.Set);
        }

        private void Draw(VVector[] contour, int z, Func<Mask, Mask, Mask> rule)
        {
            RequireEditable();
            if (contour == null)
            {
                throw new ArgumentNullException("contour");
            }
            if (contour.Length < 3 || Array.Exists(contour, p => double.IsNaN(p.LengthSquared) || double.IsInfinity(p.LengthSquared)))
            {
                throw new ArgumentException("expected a contour of at least three points, all of them numbers");
            }
            RequirePlane(z);
            Self[z] = rule(Self[z], MaskFill.Plane(Self.Lattice, z, new List<VVector[]> { contour }));
            StructureRules.Reshaped(Patients, Self);
        }

        /// <summary>A plane that the image has not is refused (assumed).</summary>
        private void RequirePlane(int z)
        {
            int planes = Self.Set.Image.Grid.Size[2];
            if (z < 0 || z >= planes)
            {
                throw new ArgumentOutOfRangeException("z", "expected an image plane from 0 to " + (planes - 1) + ", found " + z);
            }
        }
    }
}
