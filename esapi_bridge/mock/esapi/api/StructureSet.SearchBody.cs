using System;
using System.Linq;
using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    public partial class StructureSet
    {
        private const string BodyId = "BODY";

        /// <summary>What the body is searched with unless said otherwise.</summary>
        public SearchBodyParameters GetDefaultSearchBodyParameters()
        {
            Reading();
            return new SearchBodyParameters();
        }

        /// <summary>
        /// Adds the body and searches it in the CT; a body that is there already is returned as it is (known:
        /// StructureSet.CreateAndSearchBody). The way: CT numbers from the threshold on, opened, closed, its largest parts,
        /// cavities filled plane by plane, smoothed by closing and opening (all assumed).
        /// </summary>
        public Structure CreateAndSearchBody(SearchBodyParameters parameters)
        {
            Writing();
            if (parameters == null)
            {
                throw new ArgumentNullException("parameters");
            }
            parameters.Require();
            StructureState there = Self.Structures.FirstOrDefault(s => s.DicomType == StructureRules.Body);
            if (there != null)
            {
                return new Structure(Patients, there);
            }
            string id = IdRules.StructureFault(BodyId, Self) == null
                ? BodyId : IdRules.Fresh(BodyId, Self.Structures.Select(s => s.Id));
            Structure body = AddStructure(StructureRules.Body, id);
            body.StructureState.Mask = Search(Self.Image, body.StructureState.Lattice, parameters);
            StructureRules.Reshaped(Patients, body.StructureState);
            return body;
        }

        private static Mask Search(ImageState image, Lattice lattice, SearchBodyParameters parameters)
        {
            Mask mask = Threshold(image, lattice, parameters.LowerHUThreshold);
            if (parameters.PreDisconnect)
            {
                mask = Grown(Grown(mask, -10 * parameters.PreDisconnectRadius), 10 * parameters.PreDisconnectRadius);
            }
            if (parameters.PreCloseOpenings)
            {
                mask = Grown(Grown(mask, 10 * parameters.PreCloseOpeningsRadius), -10 * parameters.PreCloseOpeningsRadius);
            }
            if (parameters.KeepLargestParts)
            {
                mask = MaskParts.Largest(mask, parameters.NumberOfLargestPartsToKeep);
            }
            if (parameters.FillAllCavities)
            {
                mask = MaskParts.Filled(mask);
            }
            if (parameters.Smoothing)
            {
                double mm = parameters.SmoothingLevel;
                mask = Grown(Grown(Grown(Grown(mask, mm), -mm), -mm), mm);
            }
            return mask;
        }

        private static Mask Threshold(ImageState image, Lattice lattice, int hounsfield)
        {
            int[] size = image.Grid.Size;
            Mask mask = new Mask(lattice, new int[3], size);
            for (int k = 0; k < size[2]; k++)
            {
                int[] columns = image.Columns(k);
                int from = 0;
                for (int i = 0; i < size[0]; i++)
                {
                    for (int j = 0; j < size[1]; j++)
                    {
                        bool inside = columns[from++] - image.Offset >= hounsfield;
                        mask.Values[(k * size[1] + j) * size[0] + i] = inside ? (byte)1 : (byte)0;
                    }
                }
            }
            return mask.Trimmed();
        }

        /// <summary>Within the planes, for the body goes on beyond the first and the last one.</summary>
        private static Mask Grown(Mask mask, double mm)
        {
            double[] margins = { Math.Abs(mm), Math.Abs(mm), 0, Math.Abs(mm), Math.Abs(mm), 0 };
            return mm < 0 ? MaskMargin.Inner(mask, margins) : MaskMargin.Outer(mask, margins);
        }
    }
}
