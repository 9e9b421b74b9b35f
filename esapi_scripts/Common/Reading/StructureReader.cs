using System.Collections.Generic;
using System.Reflection;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>Reads the structures of a plan as planar contours, LPS mm.</summary>
    public static class StructureReader
    {
        /// <summary>Why contours are not there; begins as <c>esapi_bridge.case.structure.UNREAD</c>.</summary>
        private const string Unread = "contours not read: Eclipse gives points that are no numbers";

        /// <summary>Reads all structures; returns the "structures" part of case.json.</summary>
        public static List<object> Read(StructureSet set, CaseFolder folder, Progress progress)
        {
            List<object> parts = new List<object>();
            List<Structure> structures = new List<Structure>(set.Structures);
            int planes = set.Image.ZSize;
            for (int index = 0; index < structures.Count; index++)
            {
                progress.Report("reading structures", index, structures.Count);
                Dictionary<string, object> part = Part(structures[index], index, planes, folder);
                if (part.ContainsKey("left_out"))
                {
                    progress.Note(new BridgeException("the contours of structure " + structures[index].Id + " were left out: Eclipse gives points that are no numbers"));
                }
                parts.Add(part);
            }
            return parts;
        }

        private static Dictionary<string, object> Part(Structure structure, int index, int planes, CaseFolder folder)
        {
            List<double> points = new List<double>();
            List<int> counts = new List<int>();
            if (structure.HasSegment && !structure.IsEmpty)
            {
                for (int k = 0; k < planes; k++)
                {
                    foreach (VVector[] contour in structure.GetContoursOnImagePlane(k))
                    {
                        Append(contour, points, counts);
                    }
                }
            }
            bool isKnown = points.TrueForAll(Finite.Is);
            object array = null;
            if (!isKnown)
            {
                counts.Clear();
            }
            else if (counts.Count > 0)
            {
                array = folder.AddFloat64("structure_" + index, points.ToArray(), points.Count / 3, 3);
            }
            Dictionary<string, object> part = new Dictionary<string, object>
            {
                { "number", structure.ROINumber },
                { "name", structure.Id },
                { "dicom_type", structure.DicomType ?? "" },
                { "colour", new int[] { structure.Color.R, structure.Color.G, structure.Color.B } },
                { "points", array },
                { "points_per_contour", counts },
                { "override", Override(structure) }
            };
            if (!isKnown)
            {
                part.Add("left_out", new[] { Unread });
            }
            return part;
        }

        /// <summary>
        /// The CT number that is assigned to a structure, null where the CT counts. Called by name, which ESAPI allows for
        /// reading, as not every version has it.
        /// </summary>
        private static Dictionary<string, object> Override(Structure structure)
        {
            MethodInfo method = structure.GetType().GetMethod("GetAssignedHU");
            object[] arguments = new object[] { 0.0 };
            if (method == null || !(bool)method.Invoke(structure, arguments))
            {
                return null;
            }
            return new Dictionary<string, object> { { "quantity", "HU" }, { "value", Finite.OrNull((double)arguments[0]) } };
        }

        private static void Append(VVector[] contour, List<double> points, List<int> counts)
        {
            if (contour.Length == 0)
            {
                return;
            }
            foreach (VVector point in contour)
            {
                points.Add(point.x);
                points.Add(point.y);
                points.Add(point.z);
            }
            counts.Add(contour.Length);
        }
    }
}
