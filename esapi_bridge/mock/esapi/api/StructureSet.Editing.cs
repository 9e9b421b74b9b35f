// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Linq;
using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    public partial class StructureSet
    {
        /// <summary>Colours of added structures, in turn (assumed; the real ones come with structure codes).</summary>
        private static readonly int[][] Colours =
        {
            new[] { 255, 0, 0 }, new[] { 0, 160, 255 }, new[] { 0, 200, 0 }, new[] { 255, 160, 0 }, new[] { 200, 0, 255 }
        };

        /// <summary>
        /// Whether a structure of that type and identifier may be added: types known from the documentation of AddStructure;
        /// row 48 for the rest.
        /// </summary>
        public bool CanAddStructure(string dicomType, string id)
        {
            Reading();
            return StructureRules.AddingFault(Patients, Self, dicomType, id) == null;
        }

        /// <summary>
        /// Adds an empty structure (StructureSet.AddStructure, ESAPI 15.6). What <see cref="CanAddStructure"/> denies is
        /// refused (type of the exception assumed).
        /// </summary>
        public Structure AddStructure(string dicomType, string id)
        {
            Writing();
            string fault = StructureRules.AddingFault(Patients, Self, dicomType, id);
            if (fault != null)
            {
                throw new ArgumentException("the structure cannot be added: " + fault);
            }
            StructureState structure = new StructureState();
            structure.Set = Self;
            structure.Number = Self.Structures.Select(s => s.Number).DefaultIfEmpty(0).Max() + 1;
            structure.Id = id;
            structure.DicomType = dicomType;
            structure.Colour = Colours[structure.Number % Colours.Length];
            structure.PointsPerContour = new int[0];
            Self.Structures.Add(structure);
            StructureRules.Changed(Patients, Self);
            return new Structure(Patients, structure);
        }

        /// <summary>Whether a structure may be removed (row 48).</summary>
        public bool CanRemoveStructure(Structure structure)
        {
            Reading();
            return IsOwn(structure) && StructureRules.RemovingFault(Patients, structure.StructureState) == null;
        }

        /// <summary>Removes a structure if that is allowed (known), or refuses (type assumed).</summary>
        public void RemoveStructure(Structure structure)
        {
            Writing();
            if (structure == null)
            {
                throw new ArgumentNullException("structure");
            }
            structure.Reading();
            string fault = IsOwn(structure) ? StructureRules.RemovingFault(Patients, structure.StructureState)
                : "expected a structure of this set";
            if (fault != null)
            {
                throw new RefusedException("the structure cannot be removed: " + fault);
            }
            StructureState state = structure.StructureState;
            Self.Structures.Remove(state);
            state.Removed = true;
            StructureRules.Reshaped(Patients, state);
        }

        /// <summary>A copy on the same image (assumed), which no plan uses; it is saved once a plan does.</summary>
        public StructureSet Copy()
        {
            Writing();
            StructureSetState copy = Self.Copy(IdRules.Fresh("SS_", Patients.StructureSets.Select(s => s.Id)));
            Patients.StructureSets.Add(copy);
            StructureRules.Changed(Patients, copy);
            return new StructureSet(Patients, copy);
        }

        private bool IsOwn(Structure structure)
        {
            return structure != null && Self.Structures.Contains(structure.StructureState);
        }
    }
}
